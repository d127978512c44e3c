package dev.litebert.exit;

import dev.litebert.InputException;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A number that a user sets in an exit rule; mirrors {@code Parameter} of {@code exit_rules.py}.
 */
public final class Parameter {
  /** The unit: a share of the largest entropy. */
  public static final String SHARE = "share";

  /** The unit of an entropy. */
  public static final String NATS = "nats";

  /** The unit: comparisons in a row. */
  public static final String COMPARISONS = "comparisons";

  /** The unit: that of the answers. */
  public static final String ANSWER = "answer";

  private final String name;
  private final String unit;
  private final String help;
  private final double minimum;
  private final double maximum;
  private final boolean whole;

  Parameter(String name, String unit, String help, double minimum, double maximum, boolean whole) {
    this.name = name;
    this.unit = unit;
    this.help = help;
    this.minimum = minimum;
    this.maximum = maximum;
    this.whole = whole;
  }

  /** Its name in a call, a flag and a manifest. */
  public String name() {
    return name;
  }

  /** {@link #SHARE}, {@link #NATS}, {@link #COMPARISONS} or {@link #ANSWER}. */
  public String unit() {
    return unit;
  }

  /** Its effect, the text of its flag's help: there the number is called X, or N if whole. */
  public String help() {
    return help;
  }

  /** Its lowest value. */
  public double minimum() {
    return minimum;
  }

  /** Its highest value; infinite where it is open. */
  public double maximum() {
    return maximum;
  }

  /** Whether it is a whole number. */
  public boolean whole() {
    return whole;
  }

  /**
   * A user's value, unchanged.
   *
   * @throws InputException it is not in the range.
   */
  public double checked(double value) {
    boolean fits = Limits.isWithin(value, minimum, maximum);
    if (!fits || (whole && value != Math.rint(value))) {
      throw wrong(shown(value));
    }
    return value;
  }

  /**
   * The only one of a user's values.
   *
   * @throws InputException there are several, or none, or it is not in the range.
   */
  double checkedAlone(double[] values) {
    if (values.length == 1) {
      return checked(values[0]);
    }
    List<String> shown = new ArrayList<>();
    for (double value : values) {
      shown.add(shown(value));
    }
    throw wrong(Repr.cut("[" + String.join(", ", shown) + "]", 60));
  }

  private String shown(double value) {
    return whole && value == (long) value ? Long.toString((long) value) : Repr.of(value);
  }

  private InputException wrong(String shown) {
    return new InputException(
        (name + " is " + shown + ", expected a " + (whole ? "whole number " : "number "))
            + Limits.bounds(minimum, maximum));
  }

  /** The parameter as a manifest states it. */
  Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("name", name);
    facts.put("minimum", (long) minimum);
    facts.put("maximum", Double.isInfinite(maximum) ? null : (Object) (long) maximum);
    facts.put("whole", whole);
    facts.put("unit", unit);
    return facts;
  }
}
