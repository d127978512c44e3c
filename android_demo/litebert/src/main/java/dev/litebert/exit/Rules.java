package dev.litebert.exit;

import dev.litebert.ArtifactException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The exit rules, stated once; mirrors {@code RULES} of {@code exit_rules.py}.
 *
 * <p>A new rule is one entry of {@link #all()}, and a class where it decides in another way.
 */
public final class Rules {
  /** The parameter that {@code speed} of a call sets. */
  static final Parameter SPEED =
      new Parameter(
          "speed",
          Parameter.SHARE,
          "leave at the first exit whose uncertainty is below X: 0 runs all layers, 1 leaves at"
              + " the first exit",
          0,
          1,
          false);

  private static final double OPEN = Double.POSITIVE_INFINITY;
  private static final Parameter THRESHOLD =
      new Parameter(
          "threshold",
          Parameter.NATS,
          "for DeeBERT's rule: leave at the first exit whose entropy in nats is below X",
          0,
          OPEN,
          false);
  private static final Parameter MOVE =
      new Parameter(
          "threshold",
          Parameter.ANSWER,
          "for PABEE's rule, of numbers: those that differ by less than X count as the same",
          0,
          OPEN,
          false);
  private static final Parameter PATIENCE =
      new Parameter(
          "patience",
          Parameter.COMPARISONS,
          "for PABEE's rule: leave when N comparisons in a row found the same answer as the exit"
              + " before",
          0,
          OPEN,
          true);
  private static final Rule AT_WILL = new EntropyRule("at-will", SPEED, false);
  private static final List<Rule> ALL =
      Collections.unmodifiableList(
          Arrays.<Rule>asList(
              new EntropyRule("entropy-below", SPEED, false),
              new EntropyRule("entropy-at-most", SPEED, true),
              new EntropyRule("raw-entropy-below", THRESHOLD, false),
              new PatienceRule("patience", PATIENCE),
              new PatienceRule("patience-within", PATIENCE, MOVE)));

  private Rules() {}

  /** A rule of no artifact, under which a text leaves at any exit. */
  static Rule atWill() {
    return AT_WILL;
  }

  /** Every rule that this reader knows. */
  public static List<Rule> all() {
    return ALL;
  }

  /** The names of the parameters of all rules, each once. */
  public static List<String> parameterNames() {
    List<String> names = new ArrayList<>();
    for (Rule rule : ALL) {
      for (Parameter each : rule.parameters()) {
        if (!names.contains(each.name())) {
          names.add(each.name());
        }
      }
    }
    return names;
  }

  /**
   * The rule of a manifest; its facts there must be those that this reader knows.
   *
   * @param facts {@code exit_rule} of the manifest.
   * @return null where the facts are null.
   * @throws ArtifactException they are those of no rule.
   */
  public static Rule parse(Object facts) {
    if (facts == null) {
      return null;
    }
    Object name = facts instanceof Map ? ((Map<?, ?>) facts).get("name") : null;
    Rule rule = null;
    List<String> names = new ArrayList<>();
    for (Rule each : ALL) {
      names.add(each.name());
      rule = each.name().equals(name) ? each : rule;
    }
    if (rule != null && isSame(facts, rule.facts())) {
      return rule;
    }
    String expected =
        rule == null
            ? "the facts of one of " + String.join(", ", names)
            : Repr.of(rule.facts(), Integer.MAX_VALUE);
    throw new ArtifactException(
        (Fields.MANIFEST + ": exit_rule is " + Repr.of(facts, 300) + ", expected " + expected)
            + "; export the model again");
  }

  /** Whether two JSON values are equal, where numbers are by size: 1 is 1.0. */
  private static boolean isSame(Object found, Object expected) {
    if (found instanceof Number && expected instanceof Number) {
      return ((Number) found).doubleValue() == ((Number) expected).doubleValue();
    }
    if (found instanceof Map && expected instanceof Map) {
      Map<?, ?> body = (Map<?, ?>) found;
      Map<?, ?> other = (Map<?, ?>) expected;
      if (!body.keySet().equals(other.keySet())) {
        return false;
      }
      for (Map.Entry<?, ?> each : other.entrySet()) {
        if (!isSame(body.get(each.getKey()), each.getValue())) {
          return false;
        }
      }
      return true;
    }
    if (found instanceof List && expected instanceof List) {
      List<?> values = (List<?>) found;
      List<?> others = (List<?>) expected;
      boolean same = values.size() == others.size();
      for (int i = 0; same && i < values.size(); i++) {
        same = isSame(values.get(i), others.get(i));
      }
      return same;
    }
    return found == null ? expected == null : found.equals(expected);
  }
}
