package dev.litebert.task;

import dev.litebert.ArtifactException;
import dev.litebert.Encoding;
import dev.litebert.Prediction;
import dev.litebert.engine.Tensor;
import dev.litebert.exit.Rule;
import dev.litebert.exit.Uncertainty;
import dev.litebert.graph.Output;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * From logits to a class, several classes or a number; mirrors {@code
 * tasks/sequence_classification.py}.
 */
final class SequenceClassification implements Task<Prediction> {
  static final String NAME = "sequence-classification";
  static final String LOGITS = "logits";
  static final String SINGLE_LABEL = "single-label";
  static final String MULTI_LABEL = "multi-label";
  static final String REGRESSION = "regression";
  static final String SOFTMAX = "softmax";
  static final String SIGMOID = "sigmoid";
  static final String IDENTITY = "identity";

  private final String problemType;
  private final List<String> labels;
  private final String activation;
  private final Double threshold;

  /**
   * The task of a manifest whose facts were checked.
   *
   * @param labels one name per logit; one in all for regression.
   * @param activation turns logits into probabilities or the value.
   * @param threshold multi-label only: the least probability of a label that is given; else null.
   */
  SequenceClassification(
      String problemType, List<String> labels, String activation, Double threshold) {
    this.problemType = problemType;
    this.labels = Collections.unmodifiableList(labels);
    this.activation = activation;
    this.threshold = threshold;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Class<Prediction> answers() {
    return Prediction.class;
  }

  @Override
  public String answersName() {
    return "Prediction";
  }

  /** A logit for each label. */
  @Override
  public List<Output> outputs() {
    return Collections.singletonList(new Output(LOGITS, labels.size()));
  }

  @Override
  public List<String> labels() {
    return labels;
  }

  @Override
  public String beliefs() {
    switch (problemType) {
      case SINGLE_LABEL:
        return Rule.CLASSES;
      case REGRESSION:
        return Rule.NUMBERS;
      default:
        return null;
    }
  }

  /** The logits: one question. */
  @Override
  public float[][] belief(Map<String, Tensor> outputs) {
    return new float[][] {outputs.get(LOGITS).floats()};
  }

  /**
   * The prediction from the logits.
   *
   * @throws ArtifactException a logit is no finite number.
   */
  @Override
  public Prediction answer(Outcome outcome) {
    float[] logits = outcome.outputs().get(LOGITS).floats();
    for (float logit : logits) {
      if (Float.isNaN(logit) || Float.isInfinite(logit)) {
        String shown = Repr.cut(Shown.tuple(Shown.numbers(logits)), 80);
        throw new ArtifactException(
            "the graph gives the logits " + shown + "; export the model again");
      }
    }
    double[] activated = activated(logits);
    Encoding encoding = outcome.encoding();
    boolean regression = problemType.equals(REGRESSION);
    Integer exitLayer = outcome.exitLayer();
    return new Prediction(
        labels,
        regression ? null : activated,
        logits,
        encoding.tokens(),
        encoding.truncated(),
        threshold == null ? null : chosen(activated),
        regression ? (Double) activated[0] : null,
        exitLayer,
        exitLayer == null ? null : (Double) Uncertainty.of(logits));
  }

  private List<String> chosen(double[] probs) {
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < probs.length; i++) {
      if (probs[i] >= threshold) {
        chosen.add(labels.get(i));
      }
    }
    return chosen;
  }

  private double[] activated(float[] logits) {
    switch (activation) {
      case SOFTMAX:
        return softmax(logits);
      case SIGMOID:
        return sigmoids(logits);
      default:
        double[] same = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
          same[i] = logits[i];
        }
        return same;
    }
  }

  /** The probabilities of logits, in [0, 1] and of sum 1, computed in double precision. */
  private static double[] softmax(float[] logits) {
    double top = logits[0];
    for (float logit : logits) {
      top = Math.max(top, logit);
    }
    double[] weights = new double[logits.length];
    double total = 0;
    for (int i = 0; i < logits.length; i++) {
      weights[i] = Math.exp(logits[i] - top);
      total += weights[i];
    }
    for (int i = 0; i < logits.length; i++) {
      weights[i] /= total;
    }
    return weights;
  }

  private static double[] sigmoids(float[] logits) {
    double[] values = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      double power = Math.exp(-Math.abs((double) logits[i]));
      values[i] = (logits[i] >= 0 ? 1 : power) / (1 + power);
    }
    return values;
  }
}
