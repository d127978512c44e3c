package dev.litebert;

import dev.litebert.exit.Rules;
import dev.litebert.exit.Setting;
import dev.litebert.json.Repr;
import dev.litebert.network.Runner;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When texts leave early: values for the parameters of an artifact's exit rule; mirrors {@code
 * wishes} of {@code exit_settings.py}. Immutable, and equal by value.
 *
 * <p>{@code Leave.speed(0.2)} is for most artifacts; {@code Leave.by("threshold", 0.1)} for
 * DeeBERT's rule (entropy in nats), {@code Leave.by("patience", 3)} for PABEE's (so many
 * comparisons in a row found the same answer). {@code model.exitRule()} names the rule.
 */
public final class Leave {
  static final String SPEED = "speed";

  private final Map<String, double[]> values;

  private Leave(Map<String, double[]> values) {
    this.values = Collections.unmodifiableMap(values);
  }

  /**
   * Leave at the first exit whose uncertainty is below the speed: 0 runs all layers, 1 leaves at
   * the first exit.
   *
   * @param values one number from 0 to 1, or one per early exit.
   */
  public static Leave speed(double... values) {
    return by(SPEED, values);
  }

  /**
   * Leave by a parameter of the artifact's rule.
   *
   * @param name {@code speed}, {@code threshold} or {@code patience}.
   * @param values one number (in Kotlin {@code 3.0}), or for {@code speed} and DeeBERT's {@code
   *     threshold} also one per early exit.
   * @throws InputException no rule has a parameter of that name.
   */
  public static Leave by(String name, double... values) {
    return new Leave(Collections.<String, double[]>emptyMap()).and(name, values);
  }

  /**
   * The same with one more parameter.
   *
   * @throws InputException no rule has a parameter of that name, or it was given before.
   */
  public Leave and(String name, double... values) {
    if (!Rules.parameterNames().contains(name)) {
      throw new InputException(
          ("leave has the name " + Repr.of(name, 60) + ", expected parameters of an exit rule: ")
              + String.join(", ", Rules.parameterNames()));
    }
    if (values == null) {
      throw new InputException(name + " is null, expected numbers");
    }
    if (this.values.containsKey(name)) {
      throw new InputException(
          name.equals(SPEED)
              ? "the speed was given twice, by speed and in leave; give it once"
              : name + " was given twice; give it once");
    }
    Map<String, double[]> more = new LinkedHashMap<>(this.values);
    more.put(name, values.clone());
    return new Leave(more);
  }

  /** This and another one's parameters; either may be null. */
  static Leave both(Leave one, Leave other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    Leave both = one;
    for (Map.Entry<String, double[]> each : other.values.entrySet()) {
      both = both.and(each.getKey(), each.getValue());
    }
    return both;
  }

  /** The setting of these values for an opened artifact. */
  Setting setting(Runner runner) {
    return Setting.choose(runner.artifact().exitRule(), runner.earlyExits(), values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Leave && toString().equals(other.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** {@code Leave(patience=[3.0], threshold=[0.1])}. */
  @Override
  public String toString() {
    StringBuilder shown = new StringBuilder("Leave(");
    for (Map.Entry<String, double[]> each : values.entrySet()) {
      shown.append(shown.length() == 6 ? "" : ", ").append(each.getKey()).append('=');
      shown.append(Arrays.toString(each.getValue()));
    }
    return shown.append(')').toString();
  }
}
