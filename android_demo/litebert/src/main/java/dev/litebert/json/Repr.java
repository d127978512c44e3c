package dev.litebert.json;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/**
 * Values as Python's {@code repr} shows them, so that messages are those of Python.
 *
 * <p>Characters that Python calls printable are those of Java's own Unicode tables here, which
 * differ from phone to phone: only messages depend on it.
 */
public final class Repr {
  private final StringBuilder out = new StringBuilder();
  private final int most; // characters after which nothing more is needed

  private Repr(int most) {
    this.most = most;
  }

  /**
   * A value as Python shows it.
   *
   * @param value as {@link StrictJson#parse} gives it; of other numbers and objects, their string.
   */
  public static String of(Object value) {
    return of(value, Integer.MAX_VALUE);
  }

  /** The first so many code points of a value as Python shows it: {@code {value!r:.80}}. */
  public static String of(Object value, int most) {
    Repr repr = new Repr(most > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE : 2 * most);
    repr.add(value);
    return cut(repr.out.toString(), most);
  }

  /** The first so many code points of a text. */
  public static String cut(String text, int most) {
    if (text.length() <= most || text.codePointCount(0, text.length()) <= most) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, most));
  }

  private void add(Object value) {
    if (out.length() > most) {
      return;
    }
    if (value == null) {
      out.append("None");
    } else if (value instanceof Boolean) {
      out.append((Boolean) value ? "True" : "False");
    } else if (value instanceof String) {
      addText((String) value);
    } else if (value instanceof Double) {
      addDouble((Double) value);
    } else if (value instanceof List) {
      addList((List<?>) value);
    } else if (value instanceof Map) {
      addMap((Map<?, ?>) value);
    } else {
      out.append(value);
    }
  }

  private void addList(List<?> values) {
    String between = "[";
    for (Object each : values) {
      if (out.length() > most) {
        return;
      }
      out.append(between);
      add(each);
      between = ", ";
    }
    out.append(values.isEmpty() ? "[]" : "]");
  }

  private void addMap(Map<?, ?> values) {
    String between = "{";
    for (Map.Entry<?, ?> each : values.entrySet()) {
      if (out.length() > most) {
        return;
      }
      out.append(between);
      add(each.getKey());
      out.append(": ");
      add(each.getValue());
      between = ", ";
    }
    out.append(values.isEmpty() ? "{}" : "}");
  }

  private void addText(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int at = 0; at < text.length() && out.length() <= most; ) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      if (point == quote || point == '\\') {
        out.append('\\').appendCodePoint(point);
      } else if (isPrintable(point)) {
        out.appendCodePoint(point);
      } else {
        Visible.escape(out, point);
      }
    }
    out.append(quote);
  }

  private static boolean isPrintable(int point) {
    switch (Character.getType(point)) {
      case Character.CONTROL:
      case Character.FORMAT:
      case Character.SURROGATE:
      case Character.PRIVATE_USE:
      case Character.UNASSIGNED:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
        return false;
      case Character.SPACE_SEPARATOR:
        return point == ' ';
      default:
        return true;
    }
  }

  /** The fewest digits that give the same number; an exponent below 1e-4 and from 1e16. */
  private void addDouble(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      out.append(Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
      return;
    }
    if (value == 0) {
      out.append(1 / value > 0 ? "0.0" : "-0.0");
      return;
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale(); // digits before the point
    out.append(value < 0 ? "-" : "");
    if (point > 16 || point <= -4) {
      out.append(digits.charAt(0))
          .append(digits.length() > 1 ? "." : "")
          .append(digits, 1, digits.length());
      int exponent = Math.abs(point - 1);
      out.append(point > 0 ? "e+" : "e-").append(exponent < 10 ? "0" : "").append(exponent);
    } else if (point <= 0) {
      out.append("0.");
      addZeros(-point);
      out.append(digits);
    } else if (digits.length() <= point) {
      out.append(digits);
      addZeros(point - digits.length());
      out.append(".0");
    } else {
      out.append(digits, 0, point).append('.').append(digits, point, digits.length());
    }
  }

  private void addZeros(int number) {
    for (int i = 0; i < number; i++) {
      out.append('0');
    }
  }

  /** The fewest digits that give the same number; of several the nearest to it. */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    // Java before 19 has a digit too many at times, or one that is not the nearest.
    BigDecimal found = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    for (int digits = found.precision(); digits > 0; digits--) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() != value) { // below a power of 2 doubles are nearer
        rounded = exact.round(new MathContext(digits, RoundingMode.CEILING));
      }
      if (rounded.doubleValue() != value) {
        break;
      }
      found = rounded;
    }
    return found.stripTrailingZeros();
  }
}
