package dev.litebert.network;

import dev.litebert.exit.Calibration;
import dev.litebert.exit.Promise;
import dev.litebert.exit.Rule;
import dev.litebert.exit.Setting;

/**
 * Exit settings from a calibration and a limit: on changed answers, lost accuracy, or time; mirrors
 * {@code exit_limits.py}.
 */
public final class ExitLimits {
  private ExitLimits() {}

  /** The setting with the best figures of the calibration that is fast enough here. */
  public static Setting withinLatency(Runner runner, double latencyBudgetMs) {
    Rule rule = rule(runner, "latencyBudgetMs");
    Calibration calibration = Calibration.read(runner.target(), rule);
    int tokens = (int) Math.min(calibration.tokens(), runner.artifact().maxTokens());
    return calibration.bestWithin(rule, latencyBudgetMs, ExitTimes.latenciesMs(runner, tokens));
  }

  /** The promise that at most so many percent of the answers change. */
  public static Promise ofChanged(Runner runner, double percent) {
    Rule rule = rule(runner, "maxChangedPercent");
    return Promise.ofChanged(Calibration.read(runner.target(), rule), rule, percent);
  }

  /** The promise that accuracy falls by at most so many points. */
  public static Promise ofAccuracy(Runner runner, double points) {
    Rule rule = rule(runner, "maxAccuracyDrop");
    return Promise.ofAccuracy(Calibration.read(runner.target(), rule), rule, points);
  }

  private static Rule rule(Runner runner, String knob) {
    Rule rule = runner.artifact().exitRule();
    if (rule == null) {
      throw Setting.noEarlyExits(knob);
    }
    return rule;
  }
}
