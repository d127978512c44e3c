package dev.litebert.graph;

import dev.litebert.ArtifactException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The outputs of a network from the JSON of a manifest; mirrors {@code outputs.py}. */
public final class OutputsParser {
  private static final String BATCH = "batch";
  private static final String TOKENS = "tokens";

  private OutputsParser() {}

  /**
   * The outputs that a manifest states, one at least.
   *
   * @throws ArtifactException a field is missing, unknown or of a wrong type.
   */
  public static List<Output> parse(Map<String, Object> manifest) {
    List<Object> body = Fields.list(manifest, "outputs");
    List<int[]> axes = new ArrayList<>();
    for (Object part : body) {
      int[] found = axes(part);
      if (found != null) {
        axes.add(found);
      }
    }
    if (body.isEmpty() || axes.size() < body.size()) {
      throw new ArtifactException(
          (Fields.MANIFEST
                  + ": outputs is "
                  + Repr.of(body, 80)
                  + ", expected for each a name and ")
              + "axes: batch first, then tokens or sizes from 1; export the model again");
    }
    List<Output> outputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < body.size(); i++) {
      String name = Fields.text(Fields.objectOrNull(body.get(i)), "name");
      names.add(name);
      outputs.add(new Output(name, axes.get(i)));
    }
    if (names.size() < outputs.size()) {
      throw new ArtifactException(
          Fields.MANIFEST + ": two outputs are called alike; export the model again");
    }
    return Collections.unmodifiableList(outputs);
  }

  /** The axes of an output without the batch axis; null where they are not as specified. */
  private static int[] axes(Object part) {
    Map<String, Object> body = Fields.objectOrNull(part);
    if (body == null || body.size() != 2 || !body.containsKey("name")) {
      return null;
    }
    Object found = body.get("axes");
    List<?> stated = found instanceof List ? (List<?>) found : Collections.emptyList();
    if (stated.isEmpty() || !BATCH.equals(stated.get(0))) {
      return null;
    }
    int[] axes = new int[stated.size() - 1];
    for (int i = 0; i < axes.length; i++) {
      Object axis = stated.get(i + 1);
      BigInteger size = Fields.integerOrNull(axis);
      if (TOKENS.equals(axis)) {
        axes[i] = Output.TOKENS;
      } else if (size != null && size.signum() > 0 && size.bitLength() < Integer.SIZE) {
        axes[i] = size.intValue();
      } else {
        return null;
      }
    }
    return axes;
  }
}
