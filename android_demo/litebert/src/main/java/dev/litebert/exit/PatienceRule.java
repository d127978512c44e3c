package dev.litebert.exit;

import java.util.List;

/**
 * Leaves when the answer stayed the same in so many comparisons in a row with the exit before;
 * mirrors {@code _patience} and {@code _patience_within} of {@code exit_rules.py}.
 *
 * <p>Source: Zhou et al. 2020 (PABEE; JetRunner/PABEE).
 */
final class PatienceRule extends Rule {
  private final boolean ofNumbers;

  /** The rule for classes: the best label stays the same. */
  PatienceRule(String name, Parameter patience) {
    super(name, CLASSES, false, patience);
    this.ofNumbers = false;
  }

  /** The rule for numbers: the predicted number moves by less than a threshold. */
  PatienceRule(String name, Parameter patience, Parameter threshold) {
    super(name, NUMBERS, false, patience, threshold);
    this.ofNumbers = true;
  }

  @Override
  boolean leaves(List<float[][]> history, double[] values) {
    return values[0] > 0 && values[0] <= stable(history, values);
  }

  /** The number of the last comparisons in a row that found no change. */
  private int stable(List<float[][]> history, double[] values) {
    int count = 0;
    for (int exit = history.size() - 1; exit > 0; exit--) {
      if (!isSame(history.get(exit - 1), history.get(exit), values)) {
        break;
      }
      count++;
    }
    return count;
  }

  private boolean isSame(float[][] before, float[][] after, double[] values) {
    for (int question = 0; question < after.length; question++) {
      if (ofNumbers) {
        double move = Math.abs((double) before[question][0] - after[question][0]);
        if (!(move < values[1])) { // of NaN, too
          return false;
        }
      } else if (best(before[question]) != best(after[question])) {
        return false;
      }
    }
    return true;
  }

  /** The number of the largest logit, the first of equals. */
  private static int best(float[] logits) {
    int best = 0;
    for (int label = 1; label < logits.length; label++) {
      if (logits[label] > logits[best]) {
        best = label;
      }
    }
    return best;
  }
}
