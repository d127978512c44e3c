package dev.litebert;

import java.util.Collections;
import java.util.List;

/**
 * The golden cases of an artifact, run again; mirrors {@code Replay} of {@code tools/verify.py}.
 */
public final class Replay {
  private final int cases;
  private final double worst;
  private final List<String> differences;

  /**
   * The outcome of some cases.
   *
   * @param differences a sentence for each text whose ids or decoded answer differ.
   */
  public Replay(int cases, double worst, List<String> differences) {
    this.cases = cases;
    this.worst = worst;
    this.differences = Collections.unmodifiableList(differences);
  }

  /** The number of cases that were run. */
  public int cases() {
    return cases;
  }

  /**
   * The largest difference of an output's number from the golden one, as a share of the tolerance;
   * above 1, or NaN, is a failure.
   */
  public double worst() {
    return worst;
  }

  /** A sentence for each text that gives other ids, or whose golden outputs another answer. */
  public List<String> differences() {
    return differences;
  }

  /** Whether every case agrees. */
  public boolean passed() {
    return differences.isEmpty() && worst <= 1;
  }

  @Override
  public String toString() {
    return "Replay(cases=" + cases + ", worst=" + worst + ", differences=" + differences + ")";
  }
}
