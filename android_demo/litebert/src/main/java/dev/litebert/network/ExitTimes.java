package dev.litebert.network;

import dev.litebert.exit.Setting;
import java.util.Arrays;

/** A stopwatch for the exits of an opened artifact; mirrors {@code exit_times.py}. */
final class ExitTimes {
  private static final int ROUNDS = 40; // a JVM compiles what it runs often
  private static final double TRIAL_SECONDS = 2;
  private static final double NANOSECONDS = 1e9;

  private ExitTimes() {}

  /**
   * The time of an answer at each exit, the best of a few rounds each, for a text of a length.
   *
   * <p>No further round begins where it would end beyond 2 seconds; one is always timed.
   */
  static double[] latenciesMs(Runner runner, int tokens) {
    int[] zeros = new int[tokens];
    int exits = Math.max(1, runner.exitLayers().size());
    runner.run(zeros, zeros, null); // opens what is not open yet
    seconds(runner, zeros, null);
    double[] best = new double[exits];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    long begin = System.nanoTime();
    for (int done = 1; done <= ROUNDS; done++) {
      for (int exit = 0; exit < exits; exit++) {
        Setting setting = Setting.leaveAt(exit, exits - 1);
        best[exit] = Math.min(best[exit], seconds(runner, zeros, setting));
      }
      double taken = (System.nanoTime() - begin) / NANOSECONDS;
      if (taken * (done + 1) / done > TRIAL_SECONDS) {
        break;
      }
    }
    for (int exit = 0; exit < exits; exit++) {
      best[exit] *= 1000;
    }
    return best;
  }

  private static double seconds(Runner runner, int[] zeros, Setting setting) {
    long start = System.nanoTime();
    runner.run(zeros, zeros, setting);
    return (System.nanoTime() - start) / NANOSECONDS;
  }
}
