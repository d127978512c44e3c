package dev.litebert.exit;

import dev.litebert.ArtifactException;
import dev.litebert.InputException;
import dev.litebert.graph.Target;
import dev.litebert.json.Fields;
import dev.litebert.json.Numbers;
import java.util.List;

/**
 * A target's settings with their figures, from full depth to the earliest exit; mirrors {@code
 * calibration.py}.
 */
public final class Calibration {
  private final long examples;
  private final long searched;
  private final long tokens;
  private final List<Double> exitAccuracy;
  private final List<SettingRow> rows;

  Calibration(
      long examples, long searched, long tokens, List<Double> exitAccuracy, List<SettingRow> rows) {
    this.examples = examples;
    this.searched = searched;
    this.tokens = tokens;
    this.exitAccuracy = exitAccuracy;
    this.rows = rows;
  }

  /**
   * A target's calibration for the artifact's exit rule.
   *
   * @param rule null where the artifact has none.
   * @throws InputException it was never calibrated.
   * @throws ArtifactException the calibration is not as specified.
   */
  public static Calibration read(Target target, Rule rule) {
    if (target.calibration() == null) {
      throw new InputException(
          "the "
              + target.name()
              + " graph was not calibrated; first run litebert calibrate ARTIFACT --data FILE");
    }
    try {
      return new CalibrationParser(rule, target.exits()).parsed(target.calibration());
    } catch (IllegalArgumentException | ArithmeticException error) {
      throw new ArtifactException(
          (Fields.MANIFEST
                  + ": the calibration of "
                  + target.name()
                  + " is not as specified, or of")
              + " an older litebert; run litebert calibrate again",
          error);
    }
  }

  /** The number of texts that every setting answered. */
  public long examples() {
    return examples;
  }

  /** The number of other texts that the thresholds were fitted to; 0 without a search. */
  public long searched() {
    return searched;
  }

  /** The mean length of the examples. */
  public long tokens() {
    return tokens;
  }

  /** Share of right answers at each exit, or of the last layer's without labels. */
  public List<Double> exitAccuracy() {
    return exitAccuracy;
  }

  /** Full depth first, in the order in which they are tested. */
  public List<SettingRow> rows() {
    return rows;
  }

  /**
   * The setting with the most right answers among those whose mean answer is expected within a
   * budget. Of accuracy on new text nothing is promised.
   *
   * @param rule the artifact's exit rule.
   * @param budgetMs the longest mean time of an answer.
   * @param latenciesMs the time of an answer at each exit here, for a text of {@link #tokens}.
   * @throws InputException the budget is no number from 0, or even the fastest setting takes
   *     longer.
   */
  public Setting bestWithin(Rule rule, double budgetMs, double[] latenciesMs) {
    String knob = "latencyBudgetMs";
    Limits.checked(knob, budgetMs, Double.POSITIVE_INFINITY);
    double fastest = Double.POSITIVE_INFINITY;
    SettingRow best = null;
    for (SettingRow row : rows) {
      double expected = mean(row.exits(), latenciesMs);
      fastest = Math.min(fastest, expected);
      if (expected <= budgetMs && (best == null || isBetter(row, best))) {
        best = row;
      }
    }
    if (best == null) {
      throw new InputException(
          (knob + " is " + Numbers.general(budgetMs, 6) + ", but the fastest setting takes ")
              + (Numbers.general(fastest, 2) + " ms here for a text of " + tokens)
              + " tokens; raise it");
    }
    return new Setting(rule, best.values());
  }

  private boolean isBetter(SettingRow row, SettingRow best) {
    double lost = pointsLost(row);
    double least = pointsLost(best);
    return lost < least || (lost == least && row.computeShare() < best.computeShare());
  }

  private double pointsLost(SettingRow row) {
    SettingRow full = rows.get(0);
    if (row.accuracy() == null || full.accuracy() == null) {
      return 100 * (1 - row.agreement());
    }
    return 100 * (full.accuracy() - row.accuracy());
  }

  /** The mean of values, each of which occurred {@code counts} times. */
  static double mean(List<Long> counts, double[] values) {
    double sum = 0;
    long all = 0;
    for (int i = 0; i < values.length; i++) {
      sum += counts.get(i) * values[i];
      all = Math.addExact(all, counts.get(i));
    }
    return sum / all;
  }
}
