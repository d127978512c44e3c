package dev.litebert.graph;

import dev.litebert.ArtifactException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From the JSON of a manifest's targets to facts that fit together; mirrors {@code
 * target_parser.py}.
 */
public final class TargetParser {
  private static final List<String> EXIT_FIELDS =
      Arrays.asList("layer", "outputs", "compute_share");
  private static final List<String> ARITHMETICS = Arrays.asList("int8", "float32");

  private TargetParser() {}

  /**
   * A target from its JSON.
   *
   * @param name the target's name.
   * @param body its JSON.
   * @param files the files that the manifest lists.
   * @param outputs the network's outputs.
   * @throws ArtifactException a field is wrong, or the segments cannot be run one after another.
   */
  public static Target parse(
      String name, Object body, Collection<String> files, List<Output> outputs) {
    Map<String, Object> facts = Fields.objectOrNull(body);
    GraphFormat format = GraphFormat.of(name);
    if (facts == null || format == null) {
      throw refused(
          ("target " + Repr.of(name, 80) + " is " + Repr.of(body, 80))
              + ", expected facts about onnx or tflite");
    }
    boolean calibrated = facts.get("calibration") != null;
    Map<String, Object> calibration = calibrated ? Fields.object(facts, "calibration") : null;
    Target target =
        new Target(
            name,
            Fields.choice(facts, "layout", format.layouts()),
            Fields.text(facts, "recipe"),
            Fields.choice(facts, "arithmetic", ARITHMETICS),
            Fields.choice(facts, "rows", format.rows()),
            Fields.flag(facts, "moved_by_padding"),
            segments(Fields.list(facts, "segments")),
            facts.get("exits") == null ? Collections.<Exit>emptyList() : exits(facts.get("exits")),
            calibration,
            facts.get("lengths") == null
                ? Collections.<Integer>emptyList()
                : lengths(facts.get("lengths")));
    String problem = misplaced(target, files, format);
    if (problem == null) {
      problem = new Contradictions(target, outputs).first();
    }
    if (problem != null) {
      throw refused("target " + name + " has " + problem);
    }
    return target;
  }

  private static List<Segment> segments(List<Object> parts) {
    List<Segment> segments = new ArrayList<>();
    for (Object part : parts) {
      segments.add(segment(part));
    }
    return Collections.unmodifiableList(segments);
  }

  private static Segment segment(Object part) {
    Map<String, Object> body = Fields.objectOrNull(part);
    if (body == null) {
      throw refused("a segment is " + Repr.of(part, 80) + ", expected an object");
    }
    Object entry = body.get("entry");
    if (entry != null && !(entry instanceof String)) {
      throw Fields.wrong("entry", entry, "a string");
    }
    return new Segment(
        Fields.text(body, "name"),
        Fields.text(body, "file"),
        (String) entry,
        Collections.unmodifiableList(Fields.strings(body, "inputs")),
        Collections.unmodifiableList(Fields.strings(body, "outputs")));
  }

  private static List<Exit> exits(Object body) {
    List<Map<String, Object>> parts = new ArrayList<>();
    for (Object part : body instanceof List ? (List<?>) body : Collections.emptyList()) {
      if (part instanceof Map) {
        parts.add(Fields.objectOrNull(part));
      }
    }
    if (parts.isEmpty() || parts.size() < ((List<?>) body).size()) {
      throw Fields.wrong("exits", body, "a list of objects");
    }
    for (Map<String, Object> part : parts) {
      for (String key :
          part.keySet()) { // room for exits of other kinds, which a reader has to know
        if (!EXIT_FIELDS.contains(key)) {
          throw refused(
              ("an exit has the field " + Repr.of(key, 80) + ", expected ")
                  + String.join(", ", EXIT_FIELDS));
        }
      }
    }
    List<Exit> exits = new ArrayList<>();
    List<BigInteger> layers = new ArrayList<>();
    for (Map<String, Object> part : parts) {
      BigInteger layer = Fields.integer(part, "layer");
      Map<String, String> tensors = tensors(part);
      layers.add(layer);
      exits.add(new Exit(layer.intValue(), tensors, Fields.number(part, "compute_share")));
    }
    if (!isRunningOrder(layers, exits)) {
      throw refused("its exits are not in running order");
    }
    return Collections.unmodifiableList(exits);
  }

  /** Layers from 0 rise, within an int; shares above 0 never fall, to 1 at most. */
  private static boolean isRunningOrder(List<BigInteger> layers, List<Exit> exits) {
    BigInteger before = BigInteger.ONE.negate();
    double least = Double.MIN_VALUE;
    for (int i = 0; i < exits.size(); i++) {
      BigInteger layer = layers.get(i);
      double share = exits.get(i).computeShare();
      if (layer.compareTo(before) <= 0 || layer.bitLength() >= Integer.SIZE) {
        return false;
      }
      if (share < least || share > 1) {
        return false;
      }
      before = layer;
      least = share;
    }
    return true;
  }

  /** The tensors of an exit's outputs, by output. */
  private static Map<String, String> tensors(Map<String, Object> body) {
    Map<String, Object> outputs = Fields.object(body, "outputs");
    Map<String, String> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Object> each : outputs.entrySet()) {
      boolean named = each.getValue() instanceof String && Fields.isText(each.getKey());
      if (!named || !Fields.isText((String) each.getValue())) {
        throw Fields.wrong("outputs", outputs, "the name of a tensor for each");
      }
      tensors.put(each.getKey(), (String) each.getValue());
    }
    return Collections.unmodifiableMap(tensors);
  }

  private static List<Integer> lengths(Object body) {
    List<Integer> lengths = new ArrayList<>();
    int before = 0;
    for (Object part : body instanceof List ? (List<?>) body : Collections.emptyList()) {
      BigInteger length = Fields.integerOrNull(part);
      if (length != null && length.bitLength() < Integer.SIZE && length.intValue() > before) {
        before = length.intValue();
        lengths.add(before);
      }
    }
    if (lengths.isEmpty() || lengths.size() < ((List<?>) body).size()) {
      throw Fields.wrong("lengths", body, "rising whole numbers");
    }
    return Collections.unmodifiableList(lengths);
  }

  /** The first segment whose graph is none of this target's; null where all are its own. */
  private static String misplaced(Target target, Collection<String> files, GraphFormat format) {
    for (Segment segment : target.segments()) {
      if (!files.contains(segment.file())) {
        return "the file " + Repr.of(segment.file(), 80) + ", which is not listed";
      }
      String problem = format.misplaced(segment);
      if (problem != null) {
        return problem;
      }
    }
    return null;
  }

  private static ArtifactException refused(String problem) {
    return new ArtifactException(Fields.MANIFEST + ": " + problem + "; export the model again");
  }
}
