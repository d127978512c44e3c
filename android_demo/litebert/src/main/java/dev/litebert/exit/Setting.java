package dev.litebert.exit;

import dev.litebert.InputException;
import dev.litebert.json.Numbers;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A rule with its values: one per early exit for the entropy rules, else one per parameter; mirrors
 * {@code exit_settings.py}. Immutable, and equal by value.
 */
public final class Setting {
  private static final double NEVER = -1; // below every entropy

  private final Rule rule;
  private final double[] values;

  Setting(Rule rule, double[] values) {
    this.rule = rule;
    this.values = values;
  }

  /** The setting with which every text leaves at one exit, under any rule of the artifact. */
  public static Setting leaveAt(int number, int earlyExits) {
    double[] values = new double[earlyExits];
    for (int exit = 0; exit < earlyExits; exit++) {
      values[exit] = exit == number ? Double.POSITIVE_INFINITY : NEVER;
    }
    return new Setting(Rules.atWill(), values);
  }

  /**
   * The setting for a user's values.
   *
   * @param rule the artifact's rule; null where it has no exits.
   * @param earlyExits the number of exits before the last layer.
   * @param leave values by parameter; a parameter that may differ from exit to exit has one, or one
   *     per early exit.
   * @throws InputException there are no exits, the rule has other parameters, or a value is out of
   *     its range.
   */
  public static Setting choose(Rule rule, int earlyExits, Map<String, double[]> leave) {
    if (rule == null || earlyExits == 0) {
      throw noEarlyExits(leave.keySet().iterator().next());
    }
    List<String> names = new ArrayList<>();
    for (Parameter each : rule.parameters()) {
      names.add(each.name());
    }
    if (leave.size() != names.size() || !leave.keySet().containsAll(names)) {
      throw new InputException(
          (String.join(" and ", leave.keySet())
                  + " was given, but this artifact leaves by the rule ")
              + (rule.name() + ", which needs " + needs(names)));
    }
    if (rule.perExit()) {
      return perExit(rule, earlyExits, leave.get(names.get(0)));
    }
    double[] values = new double[names.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rule.parameters().get(i).checkedAlone(leave.get(names.get(i)));
    }
    return new Setting(rule, values);
  }

  private static Setting perExit(Rule rule, int earlyExits, double[] given) {
    Parameter parameter = rule.parameters().get(0);
    if (given.length != 1 && given.length != earlyExits) {
      throw new InputException(
          (parameter.name() + " has " + given.length + " values, expected one, or " + earlyExits)
              + ": one per early exit");
    }
    double[] values = new double[earlyExits];
    for (int exit = 0; exit < earlyExits; exit++) {
      values[exit] = parameter.checked(given.length == 1 ? given[0] : given[exit]);
    }
    return new Setting(rule, values);
  }

  /** The error for a knob that was given to an artifact without early exits. */
  public static InputException noEarlyExits(String knob) {
    return new InputException(
        knob
            + " was given, but this artifact has no early exits; add them to the student with"
            + " litebert-exits, which takes classifiers, and export it again");
  }

  /** The parameters that a rule needs, and the Java that gives them, other than {@code speed}. */
  private static String needs(List<String> names) {
    String needs = String.join(" and ", names);
    if (names.equals(Collections.singletonList(Rules.SPEED.name()))) {
      return needs;
    }
    StringBuilder java = new StringBuilder("Leave");
    for (String name : names) {
      java.append(java.indexOf("(") < 0 ? ".by(\"" : ".and(\"").append(name).append("\", ...)");
    }
    return needs + " (" + java + ")";
  }

  /** The name of its rule in a manifest. */
  public String rule() {
    return rule.name();
  }

  /** One value per early exit for the entropy rules, else one per parameter. */
  public List<Double> values() {
    List<Double> all = new ArrayList<>();
    for (double value : values) {
      all.add(value);
    }
    return Collections.unmodifiableList(all);
  }

  /** The values for a graph that leaves by itself, as float32. */
  public float[] thresholds() {
    float[] thresholds = new float[values.length];
    for (int exit = 0; exit < values.length; exit++) {
      thresholds[exit] = (float) values[exit];
    }
    return thresholds;
  }

  /**
   * The values as text, by parameter: a number ({@code 0.2}), or one per early exit where they
   * differ ({@code 0.1,0.2}).
   */
  public Map<String, String> arguments() {
    Map<String, String> arguments = new LinkedHashMap<>();
    if (rule.perExit()) {
      arguments.put(rule.parameters().get(0).name(), joined(0, equal(values) ? 1 : values.length));
    } else {
      for (int i = 0; i < values.length; i++) {
        arguments.put(rule.parameters().get(i).name(), joined(i, i + 1));
      }
    }
    return Collections.unmodifiableMap(arguments);
  }

  private String joined(int from, int to) {
    List<String> shown = new ArrayList<>();
    for (int i = from; i < to; i++) {
      String brief = Numbers.general(values[i], 6);
      boolean exact = Double.isInfinite(values[i]) || Double.parseDouble(brief) == values[i];
      shown.add(exact ? brief : Repr.of(values[i]));
    }
    return String.join(",", shown);
  }

  /** Whether all values are equal. */
  static boolean equal(double[] values) {
    for (double value : values) {
      if (value != values[0]) {
        return false;
      }
    }
    return values.length > 0;
  }

  /** Whether a text leaves at the last of the early exits whose beliefs were seen so far. */
  public boolean leaves(List<float[][]> history) {
    return rule.leaves(history, values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Setting
        && rule.name().equals(((Setting) other).rule.name())
        && Arrays.equals(values, ((Setting) other).values);
  }

  @Override
  public int hashCode() {
    return 31 * rule.name().hashCode() + Arrays.hashCode(values);
  }

  /** {@code Setting(speed=0.2)}. */
  @Override
  public String toString() {
    List<String> shown = new ArrayList<>();
    for (Map.Entry<String, String> each : arguments().entrySet()) {
      String value = each.getValue();
      shown.add(each.getKey() + "=" + (value.contains(",") ? "[" + value + "]" : value));
    }
    return "Setting(" + String.join(", ", shown) + ")";
  }
}
