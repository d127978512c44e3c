package dev.litebert.json;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as Python's format strings write them, so that sentences are those of Python. */
public final class Numbers {
  private Numbers() {}

  /**
   * A number in its short form: {@code {value:.6g}}.
   *
   * @param digits the most significant digits, from 1.
   */
  public static String general(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Repr.of(value);
    }
    if (value == 0) {
      return 1 / value > 0 ? "0" : "-0";
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal shortest = rounded.stripTrailingZeros();
    if (exponent >= -4 && exponent < digits) {
      return shortest.toPlainString();
    }
    String figures = shortest.unscaledValue().abs().toString();
    StringBuilder shown = new StringBuilder(value < 0 ? "-" : "").append(figures.charAt(0));
    if (figures.length() > 1) {
      shown.append('.').append(figures, 1, figures.length());
    }
    int size = Math.abs(exponent);
    shown.append(exponent < 0 ? "e-" : "e+").append(size < 10 ? "0" : "").append(size);
    return shown.toString();
  }

  /** A number with so many digits behind the point: {@code {value:.4f}}. */
  public static String fixed(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Repr.of(value);
    }
    String shown =
        new BigDecimal(Math.abs(value)).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    boolean negative = value < 0 || (value == 0 && 1 / value < 0);
    return negative ? "-" + shown : shown;
  }
}
