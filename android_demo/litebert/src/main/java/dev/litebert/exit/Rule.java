package dev.litebert.exit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The way an exit decides whether it answers; mirrors {@code Rule} of {@code exit_rules.py}.
 *
 * <p>A belief is {@code [k][classes]} float32: a text's k questions. The text leaves when all k are
 * sure.
 */
public abstract class Rule {
  /** The content of a belief: logits of classes. */
  public static final String CLASSES = "classes";

  /** The content of a belief: predicted numbers. */
  public static final String NUMBERS = "numbers";

  private final String name;
  private final List<Parameter> parameters;
  private final String beliefs;
  private final boolean perExit;

  Rule(String name, String beliefs, boolean perExit, Parameter... parameters) {
    this.name = name;
    this.beliefs = beliefs;
    this.perExit = perExit;
    this.parameters = Collections.unmodifiableList(Arrays.asList(parameters));
  }

  /** Its name in a manifest. */
  public final String name() {
    return name;
  }

  /** The numbers that a user sets, the first one first; just one where {@link #perExit()}. */
  public final List<Parameter> parameters() {
    return parameters;
  }

  /** The content of the beliefs that it reads: {@link #CLASSES} or {@link #NUMBERS}. */
  public final String beliefs() {
    return beliefs;
  }

  /** Whether the parameter may differ from exit to exit. */
  public final boolean perExit() {
    return perExit;
  }

  /** The parameter that each value of a setting belongs to. */
  public final List<Parameter> ofValues(int earlyExits) {
    return perExit ? Collections.nCopies(earlyExits, parameters.get(0)) : parameters;
  }

  /** The rule as a manifest states it, in the types that {@code StrictJson.parse} gives. */
  public final Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("name", name);
    facts.put("per_exit", perExit);
    List<Object> stated = new ArrayList<>();
    for (Parameter each : parameters) {
      stated.add(each.facts());
    }
    facts.put("parameters", stated);
    return facts;
  }

  /**
   * Whether a text leaves.
   *
   * @param history the beliefs of every exit so far, one at least.
   * @param values one per early exit where {@link #perExit()}, else one per parameter.
   */
  abstract boolean leaves(List<float[][]> history, double[] values);
}
