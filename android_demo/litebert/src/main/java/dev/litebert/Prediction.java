package dev.litebert;

import dev.litebert.json.Numbers;
import dev.litebert.json.Visible;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The answer of sequence classification to one text; mirrors {@code tasks/prediction.py}.
 *
 * <p>Predictions are immutable, and equal by value. Numbers come as arrays: each call gives a copy.
 */
public final class Prediction implements Answer {
  private final List<String> classes;
  private final int best; // the number of the label; -1 for regression
  private final double[] probs;
  private final float[] logits;
  private final int tokens;
  private final boolean truncated;
  private final List<String> labels;
  private final Double value;
  private final Integer exitLayer;
  private final Double uncertainty;

  /**
   * A prediction; the arrays and lists are not copied: the caller gives them away.
   *
   * @param classes the label of each logit, in order.
   * @param probs a probability per label; null for regression.
   * @param logits the network's outputs, one per label.
   * @param labels multi-label only: the labels that were chosen; else null.
   * @param value regression only: the number; else null.
   * @param exitLayer null without early exits.
   * @param uncertainty null without early exits.
   */
  public Prediction(
      List<String> classes,
      double[] probs,
      float[] logits,
      int tokens,
      boolean truncated,
      List<String> labels,
      Double value,
      Integer exitLayer,
      Double uncertainty) {
    this.classes = classes;
    this.best = probs == null ? -1 : largest(logits);
    this.probs = probs;
    this.logits = logits;
    this.tokens = tokens;
    this.truncated = truncated;
    this.labels = labels == null ? null : Collections.unmodifiableList(labels);
    this.value = value;
    this.exitLayer = exitLayer;
    this.uncertainty = uncertainty;
  }

  /** The most probable label; null for regression. */
  public String label() {
    return best < 0 ? null : classes.get(best);
  }

  /** The probability of the label, 0 to 1; null for regression. */
  public Double score() {
    return best < 0 ? null : (Double) probs[best];
  }

  /**
   * A probability per label, in the order of {@code model.labels()}: softmax (sums to 1) for
   * single-label, a sigmoid each for multi-label; null for regression.
   */
  public double[] probs() {
    return probs == null ? null : probs.clone();
  }

  /** The probability of each label by its name, in order; empty for regression. */
  public Map<String, Double> scores() {
    Map<String, Double> scores = new LinkedHashMap<>();
    for (int i = 0; probs != null && i < probs.length; i++) {
      scores.put(classes.get(i), probs[i]);
    }
    return Collections.unmodifiableMap(scores);
  }

  /** The network's raw outputs, one per label. */
  public float[] logits() {
    return logits.clone();
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public boolean truncated() {
    return truncated;
  }

  /**
   * Multi-label only: every label whose probability reaches the task's threshold, possibly none;
   * null for other problems.
   */
  public List<String> labels() {
    return labels;
  }

  /** The labels of the answer: one, for multi-label any number, for regression none. */
  public List<String> chosen() {
    if (labels != null) {
      return labels;
    }
    return best < 0 ? Collections.<String>emptyList() : Collections.singletonList(label());
  }

  /**
   * Regression only: the predicted number, from 0 to 1 where the activation is a sigmoid; else
   * null.
   */
  public Double value() {
    return value;
  }

  @Override
  public Integer exitLayer() {
    return exitLayer;
  }

  /**
   * The answer's uncertainty, 0 (sure) to 1 (uniform): entropy / ln(labels); null without early
   * exits.
   */
  public Double uncertainty() {
    return uncertainty;
  }

  /** The answer in a line: label and probability, labels and all probabilities, or the value. */
  @Override
  public String line() {
    if (value != null) {
      return Numbers.fixed(value, 4);
    }
    if (labels != null) {
      StringBuilder line = new StringBuilder(Visible.of(String.join(",", labels)));
      line.append(line.length() == 0 ? "-\t" : "\t");
      for (int i = 0; i < probs.length; i++) {
        line.append(i == 0 ? "" : " ").append(Numbers.fixed(probs[i], 4));
      }
      return line.toString();
    }
    String left = exitLayer == null ? "" : "\tlayer " + exitLayer;
    return Visible.of(label()) + "\t" + Numbers.fixed(probs[best], 4) + left;
  }

  @Override
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("label", label());
    fields.put("score", score());
    fields.put("probs", probs == null ? null : Shown.numbers(probs));
    fields.put("logits", Shown.numbers(logits));
    fields.put("tokens", tokens);
    fields.put("truncated", truncated);
    fields.put("labels", labels);
    fields.put("value", value);
    fields.put("exit_layer", exitLayer);
    fields.put("uncertainty", uncertainty);
    return Collections.unmodifiableMap(fields);
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Prediction)) {
      return false;
    }
    Prediction that = (Prediction) other;
    return tokens == that.tokens
        && truncated == that.truncated
        && Arrays.equals(logits, that.logits)
        && Arrays.equals(probs, that.probs)
        && Objects.equals(label(), that.label())
        && Objects.equals(labels, that.labels)
        && Objects.equals(value, that.value)
        && Objects.equals(exitLayer, that.exitLayer)
        && Objects.equals(uncertainty, that.uncertainty);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(logits) + tokens;
  }

  /** The fields of most use: {@code Prediction(label='positive', score=0.9876, tokens=9)}. */
  @Override
  public String toString() {
    List<String> shown = new ArrayList<>();
    if (value != null) {
      shown.add("value=" + Numbers.fixed(value, 4));
    } else {
      if (labels != null) {
        shown.add("labels=" + Shown.shortened(labels));
      }
      shown.add("label=" + Shown.label(label()));
      shown.add("score=" + Numbers.fixed(probs[best], 4));
    }
    if (exitLayer != null) {
      shown.add("exitLayer=" + exitLayer);
    }
    shown.add("tokens=" + tokens);
    if (truncated) {
      shown.add("truncated=true");
    }
    return "Prediction(" + String.join(", ", shown) + ")";
  }

  /** The number of the largest logit, the first of equals. */
  private static int largest(float[] logits) {
    int largest = 0;
    for (int i = 1; i < logits.length; i++) {
      largest = logits[i] > logits[largest] ? i : largest;
    }
    return largest;
  }
}
