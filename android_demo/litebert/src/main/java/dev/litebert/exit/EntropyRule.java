package dev.litebert.exit;

import java.util.List;

/**
 * Leaves where the entropy is below a threshold, one per exit; mirrors {@code Entropy} of {@code
 * exit_rules.py}.
 *
 * <p>Sources: Liu et al. 2020 (FastBERT; autoliuweijie/FastBERT), Xin et al. 2020 (DeeBERT;
 * castorini/DeeBERT).
 */
final class EntropyRule extends Rule {
  private final boolean inNats;
  private final boolean inclusive;

  /**
   * A rule of this kind.
   *
   * @param threshold its only parameter, in {@code SHARE} of ln(classes) or in {@code NATS}.
   * @param inclusive whether an entropy equal to the threshold leaves, too. A threshold of 0 never
   *     leaves, as in run_fastbert.py: torch clamps probabilities, so that its entropy is never 0.
   */
  EntropyRule(String name, Parameter threshold, boolean inclusive) {
    super(name, CLASSES, true, threshold);
    this.inNats = threshold.unit().equals(Parameter.NATS);
    this.inclusive = inclusive;
  }

  @Override
  boolean leaves(List<float[][]> history, double[] values) {
    double value = values[history.size() - 1];
    if (value <= 0) {
      return false;
    }
    for (float[] logits : history.get(history.size() - 1)) {
      double entropy = Uncertainty.of(logits);
      if (inNats) {
        entropy *= Math.log(logits.length);
      }
      if (entropy > value || (entropy == value && !inclusive)) {
        return false;
      }
    }
    return true;
  }
}
