package dev.litebert.network;

import dev.litebert.Answer;
import dev.litebert.ArtifactException;
import dev.litebert.Encoding;
import dev.litebert.Replay;
import dev.litebert.Text;
import dev.litebert.artifact.Artifact;
import dev.litebert.artifact.Golden;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs golden cases again; mirrors {@code replay} of {@code tools/verify.py}. */
public final class GoldenReplay {
  private final Runner runner;
  private final Artifact artifact;
  private final List<String> differences = new ArrayList<>();
  private double worst;

  private GoldenReplay(Runner runner) {
    this.runner = runner;
    this.artifact = runner.artifact();
  }

  /**
   * The golden cases of the target in use, run from their ids; each answer is decoded from its own
   * outputs.
   *
   * @throws ArtifactException the cases are not as ARTIFACT.md specifies them, or a graph gives
   *     other outputs than the manifest's.
   */
  public static Replay run(Runner runner) {
    List<?> cases = runner.artifact().golden(runner.target().name());
    GoldenReplay replay = new GoldenReplay(runner);
    for (int number = 0; number < cases.size(); number++) {
      Object body = cases.get(number);
      if (!(body instanceof Map)) {
        throw replay.refused();
      }
      replay.repeat(number, (Map<?, ?>) body);
    }
    return new Replay(cases.size(), replay.worst, replay.differences);
  }

  private void repeat(int number, Map<?, ?> body) {
    Text text = text(body.get("text"));
    int[] ids = ints(body.get("input_ids"));
    int[] types = ints(body.get("token_type_ids"));
    double tolerance = tolerance(body.get("tolerance"));
    if (ids.length == 0 || types.length != ids.length || !body.containsKey("answer")) {
      throw refused();
    }
    Encoding encoding = runner.tokenize(text);
    if (!Arrays.equals(encoding.inputIds(), ids)
        || !Arrays.equals(encoding.tokenTypeIds(), types)) {
      differences.add("golden case " + number + " has other ids here");
    }
    List<Map<String, Tensor>> found = runner.allExits(ids, types);
    Map<String, Tensor> last = compared(found, body.get("outputs"), tolerance);
    Encoding stored =
        new Encoding(
            ids, types, new int[ids.length], new int[2 * ids.length], encoding.truncated());
    Answer answer = runner.decode(text, stored, new ExitOutputs(found.size() - 1, last));
    Map<String, Object> decoded = new LinkedHashMap<>(answer.fields());
    decoded.keySet().removeAll(last.keySet());
    if (!Golden.same(decoded, body.get("answer"))) {
      differences.add("golden case " + number + " is decoded to another answer here");
    }
  }

  /** The golden outputs of the last exit; those of all are compared with what was found. */
  private Map<String, Tensor> compared(
      List<Map<String, Tensor>> found, Object json, double tolerance) {
    List<Output> outputs = artifact.task().outputs();
    if (!(json instanceof Map) || ((Map<?, ?>) json).size() != outputs.size()) {
      throw refused();
    }
    Map<String, Tensor> last = new HashMap<>();
    for (Output output : outputs) {
      Object exits = ((Map<?, ?>) json).get(output.name());
      if (!(exits instanceof List) || ((List<?>) exits).size() != found.size()) {
        throw refused();
      }
      for (int exit = 0; exit < found.size(); exit++) {
        Tensor tensor = found.get(exit).get(output.name());
        float[] golden = new float[tensor.floats().length];
        int filled = fill(golden, 0, ((List<?>) exits).get(exit), tensor.shape(), 1);
        if (filled != golden.length) {
          throw refused();
        }
        for (int i = 0; i < golden.length; i++) {
          double share = Math.abs((double) tensor.floats()[i] - golden[i]) / tolerance;
          worst = Math.max(worst, share); // keeps a NaN
        }
        last.put(output.name(), Tensor.ofFloats(tensor.shape(), golden));
      }
    }
    return last;
  }

  /** Fills in the numbers of nested lists of a shape; returns the place behind them. */
  private int fill(float[] golden, int at, Object json, int[] shape, int axis) {
    if (axis == shape.length) {
      float number = json instanceof Number ? ((Number) json).floatValue() : Float.NaN;
      if (Float.isNaN(number) || Float.isInfinite(number)) {
        throw refused();
      }
      golden[at] = number;
      return at + 1;
    }
    if (!(json instanceof List) || ((List<?>) json).size() != shape[axis]) {
      throw refused();
    }
    int next = at;
    for (Object each : (List<?>) json) {
      next = fill(golden, next, each, shape, axis + 1);
    }
    return next;
  }

  private Text text(Object json) {
    if (json instanceof String) {
      return Text.of((String) json);
    }
    if (json instanceof List && ((List<?>) json).size() == 2) {
      Object first = ((List<?>) json).get(0);
      Object second = ((List<?>) json).get(1);
      if (first instanceof String && second instanceof String) {
        return Text.pair((String) first, (String) second);
      }
    }
    throw refused();
  }

  private int[] ints(Object json) {
    if (!(json instanceof List)) {
      throw refused();
    }
    int[] ints = new int[((List<?>) json).size()];
    for (int i = 0; i < ints.length; i++) {
      Object each = ((List<?>) json).get(i);
      if (!(each instanceof Long) || (Long) each != ((Long) each).intValue()) {
        throw refused();
      }
      ints[i] = ((Long) each).intValue();
    }
    return ints;
  }

  private double tolerance(Object json) {
    double tolerance = json instanceof Number ? ((Number) json).doubleValue() : -1;
    if (!(tolerance > 0) || Double.isInfinite(tolerance)) {
      throw refused();
    }
    return tolerance;
  }

  private ArtifactException refused() {
    return Golden.notAsSpecified(artifact);
  }
}
