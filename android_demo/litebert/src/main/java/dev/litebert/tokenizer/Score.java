package dev.litebert.tokenizer;

/**
 * A number of JSON as the library reads it, which is off in the last bit at times. Two cuts of a
 * row such as {@code ---} have the same scores in another order, so that this bit decides.
 *
 * <p>Read: serde-rs/json, src/de.rs (parse_decimal, parse_exponent, f64_from_parts).
 */
final class Score {
  private static final int LARGEST_POWER = 308;
  private static final int MOST_EXPONENT = 1 << 20; // beyond it every number is 0 or infinite
  private static final long MOST_TENTHS = Long.divideUnsigned(-1, 10);

  private Score() {}

  /**
   * The value; infinite beyond the range of a double.
   *
   * @param number as JSON writes it.
   */
  static double of(String number) {
    long digits = 0; // unsigned
    int exponent = 0;
    boolean isFull = false;
    boolean isFraction = false;
    int at = number.charAt(0) == '-' ? 1 : 0;
    for (; at < number.length(); at++) {
      char each = number.charAt(at);
      if (each == '.') {
        isFraction = true;
        isFull = false; // a digit may fit again behind digits that did not
        continue;
      }
      int digit = each - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      int order = Long.compareUnsigned(digits, MOST_TENTHS);
      isFull |= order > 0 || (order == 0 && digit > 5); // as 2^64 - 1 ends in 5
      if (!isFull) {
        digits = 10 * digits + digit;
      }
      exponent += (isFraction ? 0 : 1) - (isFull ? 0 : 1);
    }
    if (at < number.length()) {
      exponent += exponent(number, at + 1);
    }
    double value = scaled(digits, exponent);
    return number.charAt(0) == '-' ? -value : value;
  }

  private static int exponent(String number, int begin) {
    boolean isSigned = "+-".indexOf(number.charAt(begin)) >= 0;
    int value = 0;
    for (int at = begin + (isSigned ? 1 : 0); at < number.length(); at++) {
      value = Math.min(MOST_EXPONENT, 10 * value + number.charAt(at) - '0');
    }
    return number.charAt(begin) == '-' ? -value : value;
  }

  private static double scaled(long digits, int exponent) {
    double value = (double) ((digits >>> 1) | (digits & 1)); // rounds as the whole number does
    value = digits < 0 ? 2 * value : (double) digits;
    int rest = exponent;
    for (; rest < -LARGEST_POWER && value != 0; rest += LARGEST_POWER) {
      value /= 1e308;
    }
    if (value == 0) {
      return 0;
    }
    if (rest > LARGEST_POWER) {
      return Double.POSITIVE_INFINITY;
    }
    double power = Double.parseDouble("1e" + Math.abs(rest));
    return rest < 0 ? value / power : value * power;
  }
}
