package dev.litebert.cli;

import dev.litebert.exit.Parameter;
import dev.litebert.exit.Rule;
import dev.litebert.exit.Rules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every flag of the command; those of exit rules come from the registry of rules; mirrors {@code
 * exit_flags.py}.
 */
final class Flags {
  static final String HELP = "--help";
  static final String VERSION = "--version";
  static final String PAIR = "--pair";
  static final String JSON = "--json";
  static final String IDS = "--ids";
  static final String STDIN_JSON = "--stdin-json";
  static final String BACKEND = "--backend";
  static final String THREADS = "--threads";
  static final String MAX_CHANGED_PERCENT = "--max-changed-percent";
  static final String MAX_ACCURACY_DROP = "--max-accuracy-drop";
  static final String LATENCY_BUDGET_MS = "--latency-budget-ms";

  /** The flags whose limit chooses the setting. */
  static final List<String> LIMITS =
      Collections.unmodifiableList(
          Arrays.asList(MAX_CHANGED_PERCENT, MAX_ACCURACY_DROP, LATENCY_BUDGET_MS));

  private static final String EACH_EXIT =
      "; or a number for each exit but the last, such as 0.1,0.2";

  private Flags() {}

  /**
   * The flags but for early exits.
   *
   * @param engines the names of the engines on the class path.
   */
  static List<Flag> plain(List<String> engines) {
    return Arrays.asList(
        Flag.toggle(HELP, "show this help and end"),
        Flag.toggle(VERSION, "show the version and end"),
        Flag.toggle(
            PAIR,
            "each text is a pair, with a tab between its halves; in bash: $'one half\\tthe other'"),
        Flag.toggle(JSON, "a JSON object per answer, with every field"),
        Flag.toggle(
            IDS,
            "as --json, with input_ids, token_type_ids and offsets: [start, end] of each token in"
                + " its text, in code points"),
        Flag.toggle(
            STDIN_JSON,
            "each line of stdin is a JSON string, or a list of two for a pair: for texts with line"
                + " breaks"),
        Flag.valued(
            BACKEND,
            "BACKEND",
            "auto (default: the first here that runs it), " + String.join(", ", engines)),
        Flag.valued(THREADS, "N", "threads for one answer (default 1)"));
  }

  /** The flags for early exits. */
  static List<Flag> exits() {
    List<Flag> flags = new ArrayList<>();
    for (Map.Entry<String, List<Rule>> each : rulesByParameter().entrySet()) {
      Set<String> helps = new LinkedHashSet<>();
      for (Rule rule : each.getValue()) {
        helps.add(of(rule, each.getKey()).help() + (rule.perExit() ? EACH_EXIT : ""));
      }
      String metavar = takesWholeNumbers(each.getKey()) ? "N" : "X";
      flags.add(Flag.valued("--" + each.getKey(), metavar, String.join("; ", helps)));
    }
    flags.add(
        Flag.valued(
            MAX_CHANGED_PERCENT,
            "PERCENT",
            "the fastest setting at which, with 95 % confidence, at most PERCENT of the answers to"
                + " new text differ from those of all layers; needs litebert calibrate; stderr says"
                + " which setting it is"));
    flags.add(
        Flag.valued(
            MAX_ACCURACY_DROP,
            "POINTS",
            "the same for the accuracy, which falls by at most POINTS"));
    flags.add(
        Flag.valued(
            LATENCY_BUDGET_MS,
            "MS",
            "the setting that runs most layers within this mean time; needs litebert calibrate;"
                + " promises nothing about accuracy"));
    return flags;
  }

  /** The rules that have each parameter, by its name. */
  static Map<String, List<Rule>> rulesByParameter() {
    Map<String, List<Rule>> found = new LinkedHashMap<>();
    for (Rule rule : Rules.all()) {
      for (Parameter each : rule.parameters()) {
        if (!found.containsKey(each.name())) {
          found.put(each.name(), new ArrayList<Rule>());
        }
        found.get(each.name()).add(rule);
      }
    }
    return found;
  }

  /** Whether a rule takes a number for each exit under a parameter's name. */
  static boolean takesSeveral(String parameter) {
    for (Rule rule : rulesByParameter().get(parameter)) {
      if (rule.perExit()) {
        return true;
      }
    }
    return false;
  }

  /** Whether all rules take whole numbers only under a parameter's name. */
  static boolean takesWholeNumbers(String parameter) {
    for (Rule rule : rulesByParameter().get(parameter)) {
      if (!of(rule, parameter).whole()) {
        return false;
      }
    }
    return true;
  }

  private static Parameter of(Rule rule, String name) {
    for (Parameter each : rule.parameters()) {
      if (each.name().equals(name)) {
        return each;
      }
    }
    throw new IllegalArgumentException(name);
  }
}
