package dev.litebert.cli;

import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers of a command line, read as Python's {@code int} and {@code float} read them. */
final class GivenNumbers {
  private static final Pattern WHOLE = Pattern.compile("[+-]?\\d(_?\\d)*");
  private static final Pattern REAL =
      Pattern.compile(
          "(?i)[+-]?(inf|infinity|nan|(\\d(_?\\d)*\\.?(\\d(_?\\d)*)?|\\.\\d(_?\\d)*)(e[+-]?\\d(_?\\d)*)?)");

  private GivenNumbers() {}

  /**
   * A whole number; one beyond an int as the nearest int.
   *
   * @throws UsageException it is no whole number.
   */
  static int whole(String flag, String text) throws UsageException {
    String number = text.trim();
    if (!WHOLE.matcher(number).matches()) {
      throw wrong(flag, "invalid int value: " + Repr.of(text, 60));
    }
    BigInteger value = new BigInteger(number.replace("_", "").replace("+", ""));
    return value
        .min(BigInteger.valueOf(Integer.MAX_VALUE))
        .max(BigInteger.valueOf(Integer.MIN_VALUE))
        .intValue();
  }

  /**
   * A number, infinities and NaN among them.
   *
   * @throws UsageException it is none.
   */
  static double real(String flag, String text) throws UsageException {
    if (!isReal(text)) {
      throw wrong(flag, "invalid float value: " + Repr.of(text, 60));
    }
    return parsed(text);
  }

  /**
   * A number, or several with commas between.
   *
   * @throws UsageException one is no number.
   */
  static double[] several(String flag, String text) throws UsageException {
    String[] parts = text.split(",", -1);
    double[] values = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      if (!isReal(parts[i])) {
        throw wrong(flag, Repr.of(text, 60) + ", expected a number, or several as 0.1,0.2");
      }
      values[i] = parsed(parts[i]);
    }
    return values;
  }

  private static boolean isReal(String text) {
    return REAL.matcher(text.trim()).matches();
  }

  private static double parsed(String text) {
    String number = text.trim().toLowerCase(Locale.ROOT).replace("_", "");
    double sign = number.startsWith("-") ? -1 : 1;
    if (number.contains("inf")) {
      return sign * Double.POSITIVE_INFINITY;
    }
    return number.contains("nan") ? Double.NaN : Double.parseDouble(number);
  }

  private static UsageException wrong(String flag, String problem) {
    return new UsageException("argument " + flag + ": " + problem);
  }
}
