package dev.litebert.exit;

import dev.litebert.InputException;
import dev.litebert.json.Numbers;
import dev.litebert.json.Repr;

/** Ranges of a user's numbers; mirrors {@code checked_number} of {@code calibration.py}. */
final class Limits {
  private Limits() {}

  /**
   * A limit that a user gave, unchanged.
   *
   * @throws InputException it is no number from 0 to the highest.
   */
  static double checked(String name, double value, double highest) {
    if (!isWithin(value, 0, highest)) {
      throw new InputException(
          name + " is " + Repr.of(value) + ", expected a number " + bounds(0, highest));
    }
    return value;
  }

  /** Whether a value is finite and in a range. */
  static boolean isWithin(double value, double low, double high) {
    return !Double.isNaN(value) && !Double.isInfinite(value) && low <= value && value <= high;
  }

  /** The words for a range: {@code from 0 to 1}, or {@code from 0} where it is open. */
  static String bounds(double low, double high) {
    String words = "from " + Numbers.general(low, 6);
    return Double.isInfinite(high) ? words : words + " to " + Numbers.general(high, 6);
  }
}
