package dev.litebert.exit;

import java.util.List;

/** One setting of a calibration with its figures; mirrors {@code calibration.py}. */
public final class SettingRow {
  private final double[] values;
  private final Double accuracy;
  private final double agreement;
  private final long changed;
  private final Long spoiled;
  private final double meanLayers;
  private final List<Long> exits;
  private final double computeShare;
  private final double latencyMs;

  SettingRow(
      double[] values,
      Double accuracy,
      double agreement,
      long changed,
      Long spoiled,
      double meanLayers,
      List<Long> exits,
      double computeShare,
      double latencyMs) {
    this.values = values;
    this.accuracy = accuracy;
    this.agreement = agreement;
    this.changed = changed;
    this.spoiled = spoiled;
    this.meanLayers = meanLayers;
    this.exits = exits;
    this.computeShare = computeShare;
    this.latencyMs = latencyMs;
  }

  /** One per early exit for the entropy rules, else one per parameter; not to be changed. */
  double[] values() {
    return values;
  }

  /** Share of right answers, 0 to 1; null without labels. */
  public Double accuracy() {
    return accuracy;
  }

  /** Share of answers that are the last layer's, 0 to 1. */
  public double agreement() {
    return agreement;
  }

  /** The number of answers that differ from the last layer's. */
  public long changed() {
    return changed;
  }

  /** The number of those that are wrong where the last layer's is right; null without labels. */
  public Long spoiled() {
    return spoiled;
  }

  /** The mean number of layers of an answer. */
  public double meanLayers() {
    return meanLayers;
  }

  /** The number of answers that each exit gave, the last layer's last. */
  public List<Long> exits() {
    return exits;
  }

  /** Mean multiply-adds of an answer as a share of full depth's. */
  public double computeShare() {
    return computeShare;
  }

  /** Mean time of an answer from token ids, one thread, on the calibration's machine. */
  public double latencyMs() {
    return latencyMs;
  }
}
