package dev.litebert.exit;

import dev.litebert.InputException;
import dev.litebert.json.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The fastest setting that keeps within a limit on new text, with 95 % confidence; mirrors {@code
 * promise.py}, which states the reasoning.
 *
 * <p>Source: Angelopoulos, Bates, Candès, Jordan and Lei 2021 (Learn then Test: fixed sequence
 * testing); for early exits Schuster et al. 2022 (CALM).
 */
public final class Promise {
  private static final String PROMISED = "promised on new text with 95 % confidence";
  private static final double RISK = 0.05;

  private final Setting setting;
  private final String reason;

  private Promise(Setting setting, String reason) {
    this.setting = setting;
    this.reason = reason;
  }

  /**
   * At most so many percent of the answers differ from full depth's.
   *
   * @throws InputException the limit is no number from 0 to 100.
   */
  public static Promise ofChanged(Calibration calibration, Rule rule, double percent) {
    Limits.checked("maxChangedPercent", percent, 100);
    List<Long> losses = new ArrayList<>();
    for (SettingRow row : calibration.rows()) {
      losses.add(row.changed());
    }
    String words = "at most " + Numbers.general(percent, 6) + " % of the answers change";
    return kept(calibration, rule, percent / 100, words, losses, "changed");
  }

  /**
   * At most so many points of accuracy are lost against full depth. Without labels every changed
   * answer counts as lost: accuracy cannot fall by more.
   *
   * @throws InputException the limit is no number from 0 to 100.
   */
  public static Promise ofAccuracy(Calibration calibration, Rule rule, double points) {
    Limits.checked("maxAccuracyDrop", points, 100);
    boolean labelled = calibration.rows().get(0).spoiled() != null;
    List<Long> losses = new ArrayList<>();
    for (SettingRow row : calibration.rows()) {
      losses.add(labelled ? row.spoiled() : (Long) row.changed());
    }
    String unit = points == 1 ? " point" : " points";
    String words = "accuracy falls by at most " + Numbers.general(points, 6) + unit;
    String lost = labelled ? "were right and became wrong" : "changed";
    return kept(calibration, rule, points / 100, words, losses, lost);
  }

  private static Promise kept(
      Calibration calibration,
      Rule rule,
      double limit,
      String words,
      List<Long> losses,
      String lost) {
    List<SettingRow> rows = calibration.rows();
    long texts = calibration.examples();
    int best = 0;
    int failed = 1;
    while (failed < rows.size() && pValue(losses.get(failed), texts, limit) <= RISK) {
      best = rows.get(failed).computeShare() < rows.get(best).computeShare() ? failed : best;
      failed++;
    }
    if (best > 0) {
      SettingRow row = rows.get(best);
      String share = Numbers.fixed(row.computeShare(), 2) + " of the compute";
      String counted = losses.get(best) + " of " + texts + " " + lost;
      return new Promise(
          new Setting(rule, row.values()),
          words + ": " + name(rule, row) + ", " + share + " (" + counted + ")");
    }
    String cause;
    if (failed == rows.size()) {
      cause = "no text left earlier at any setting";
    } else if (limit == 0) {
      cause = "no number of texts can promise 0";
    } else if (texts < textsNeeded(limit)) {
      cause =
          ("this needs " + textsNeeded(limit) + " texts without a difference, and ")
              + (texts + " were calibrated");
    } else {
      cause =
          ("at " + name(rule, rows.get(failed)) + ", " + losses.get(failed) + " of " + texts)
              + (" " + lost + ", which is too many");
    }
    return new Promise(null, words + ": nothing promised, all layers run, as " + cause);
  }

  /**
   * P(Binomial(texts, limit) ≤ losses), or just 1 from the mean on, where it is above 0.5.
   *
   * <p>The logarithm of each binomial coefficient is the one before and that of a fraction; a
   * compensated sum keeps them exact (Neumaier 1974).
   */
  static double pValue(long losses, long texts, double limit) {
    if (limit >= 1) {
      return 0; // no rate is above
    }
    if (losses >= texts * limit) {
      return 1;
    }
    double one = Math.log(limit) - Math.log1p(-limit);
    double base = texts * Math.log1p(-limit);
    double log = 0;
    double lost = 0;
    double tail = Math.exp(base);
    for (long k = 1; k <= losses; k++) {
      double term = Math.log((double) (texts - k + 1) / k);
      double sum = log + term;
      lost += Math.abs(log) >= Math.abs(term) ? (log - sum) + term : (term - sum) + log;
      log = sum;
      tail += Math.exp(base + k * one + log + lost);
    }
    return tail;
  }

  /** The number of texts without a loss that suffices for a limit above 0. */
  static long textsNeeded(double limit) {
    return limit >= 1 ? 1 : (long) Math.ceil(Math.log(RISK) / Math.log1p(-limit));
  }

  private static String name(Rule rule, SettingRow row) {
    double[] values = row.values();
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < (Setting.equal(values) ? 1 : values.length); i++) {
      shown.add(Numbers.general(values[i], 3));
    }
    return rule.parameters().get(0).name() + " " + String.join(",", shown);
  }

  /** The setting to leave by; null for full depth, where no setting can be promised. */
  public Setting setting() {
    return setting;
  }

  /** The limit, the setting that keeps it, and why, in a line. */
  public String reason() {
    return reason;
  }

  /** The reason as a sentence of its own; it speaks of a promise only where there is one. */
  public String line() {
    return setting == null ? reason : PROMISED + ": " + reason;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Promise
        && Objects.equals(setting, ((Promise) other).setting)
        && reason.equals(((Promise) other).reason);
  }

  @Override
  public int hashCode() {
    return reason.hashCode();
  }

  @Override
  public String toString() {
    return line();
  }
}
