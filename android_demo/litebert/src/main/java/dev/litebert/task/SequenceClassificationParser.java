package dev.litebert.task;

import dev.litebert.ArtifactException;
import dev.litebert.graph.Output;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Reads the facts of sequence classification; mirrors {@code parse} of its Python module. */
final class SequenceClassificationParser implements TaskParser {
  private static final String CURE = "; export the model again";

  @Override
  public String name() {
    return SequenceClassification.NAME;
  }

  @Override
  public Task<?> parse(Map<String, ?> facts, List<Output> outputs) {
    String problemType =
        Fields.choice(
            facts,
            "problem_type",
            Arrays.asList(
                SequenceClassification.SINGLE_LABEL,
                SequenceClassification.MULTI_LABEL,
                SequenceClassification.REGRESSION));
    List<String> labels = Fields.strings(facts, "labels");
    boolean regression = problemType.equals(SequenceClassification.REGRESSION);
    boolean different = !labels.isEmpty() && new HashSet<>(labels).size() == labels.size();
    if (!different || (regression && labels.size() > 1)) {
      throw new ArtifactException(
          (Fields.MANIFEST + ": labels are " + Repr.cut(Shown.tuple(labels), 80))
              + (" for " + problemType + ", expected ")
              + ((regression ? "one name" : "different names, one per logit") + CURE));
    }
    String activation = Fields.choice(facts, "activation", activations(problemType));
    SequenceClassification task =
        new SequenceClassification(
            problemType, labels, activation, threshold(facts.get("threshold"), problemType));
    if (!outputs.equals(task.outputs())) {
      List<String> found = new ArrayList<>();
      for (Output each : outputs) {
        found.add(Shown.tuple(Shown.output(each)));
      }
      throw new ArtifactException(
          (Fields.MANIFEST + ": outputs are " + Repr.cut("[" + String.join(", ", found) + "]", 80))
              + (", expected " + SequenceClassification.LOGITS + " for " + labels.size())
              + (" labels" + CURE));
    }
    return task;
  }

  /** The activations that a problem type allows, the usual one first. */
  private static List<String> activations(String problemType) {
    switch (problemType) {
      case SequenceClassification.SINGLE_LABEL:
        return Collections.singletonList(SequenceClassification.SOFTMAX);
      case SequenceClassification.MULTI_LABEL:
        return Collections.singletonList(SequenceClassification.SIGMOID);
      default:
        return Arrays.asList(SequenceClassification.IDENTITY, SequenceClassification.SIGMOID);
    }
  }

  /** The threshold of a multi-label task; null for others, which must not have one. */
  private static Double threshold(Object found, String problemType) {
    boolean multiLabel = problemType.equals(SequenceClassification.MULTI_LABEL);
    if (!multiLabel && found == null) {
      return null;
    }
    double value = found instanceof Number ? ((Number) found).doubleValue() : -1;
    if (!multiLabel || !(0 <= value && value <= 1)) {
      throw new ArtifactException(
          (Fields.MANIFEST + ": threshold is " + Repr.of(found, 80) + " for " + problemType)
              + (", expected " + (multiLabel ? "a number from 0 to 1" : "none") + CURE));
    }
    return value;
  }
}
