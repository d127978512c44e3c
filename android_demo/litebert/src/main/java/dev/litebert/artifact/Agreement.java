package dev.litebert.artifact;

import dev.litebert.exit.Rule;
import dev.litebert.graph.Exit;
import dev.litebert.graph.GraphFormat;
import dev.litebert.graph.Target;
import dev.litebert.json.Repr;
import dev.litebert.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Facts of an artifact that must fit together; mirrors {@code _contradictions} of {@code
 * artifact.py}.
 */
final class Agreement {
  private final Artifact artifact;
  private final Rule rule;
  private final String limit;
  private final List<String> problems = new ArrayList<>();

  /** The limit is {@code max_tokens} in the digits of the manifest, which may be no int. */
  Agreement(Artifact artifact, String limit) {
    this.artifact = artifact;
    this.rule = artifact.exitRule();
    this.limit = limit;
  }

  /** The facts that do not fit together, a sentence each. */
  List<String> problems() {
    String shown = "max_tokens is " + Repr.cut(limit, 80);
    TextTokenizer tokenizer = artifact.tokenizer();
    if (artifact.targets().isEmpty()) {
      problems.add("targets is empty");
    }
    if (!limit.equals(String.valueOf(tokenizer.maxTokens()))) {
      problems.add(
          shown + ", but " + Artifact.TOKENIZER + " cuts at " + tokenizer.maxTokens() + " tokens");
    }
    if (artifact.pairs().equals(TextTokenizer.JOINED) && tokenizer.keepsEnd()) {
      problems.add(
          ("pairs is " + artifact.pairs() + ", which cuts at the end, but ")
              + (Artifact.TOKENIZER + " cuts at the beginning"));
    }
    String beliefs = artifact.task().beliefs();
    if (rule != null && !rule.beliefs().equals(beliefs)) {
      problems.add(
          ("exit_rule is " + rule.name() + ", which reads " + rule.beliefs())
              + (", but the task gives "
                  + (beliefs == null ? "nothing that a rule reads" : beliefs)));
    }
    Set<List<Integer>> layers = new HashSet<>();
    for (Target target : artifact.targets().values()) {
      addProblems(target, shown);
      layers.add(layers(target));
    }
    if (layers.size() > 1) {
      problems.add(
          String.join(" and ", artifact.targets().keySet()) + " have exits behind other layers");
    }
    return problems;
  }

  private void addProblems(Target target, String shown) {
    List<Integer> lengths = target.lengths();
    if (!lengths.isEmpty()) {
      String longest = lengths.get(lengths.size() - 1).toString();
      if (!longest.equals(limit)) {
        problems.add(shown + ", but the longest graph of " + target.name() + " takes " + longest);
      }
    }
    String name = rule == null ? "None" : rule.name();
    int exits = target.exits().size();
    if ((exits > 0) != (rule != null)) {
      problems.add("exit_rule is " + name + ", but " + target.name() + " has " + exits + " exits");
    }
    boolean branched = target.layout().equals(GraphFormat.BRANCHED);
    if (branched && rule != null && !rule.perExit()) {
      problems.add(
          ("exit_rule is " + name + ", but " + target.name() + " is branched, which takes ")
              + "thresholds");
    }
  }

  private static List<Integer> layers(Target target) {
    List<Integer> layers = new ArrayList<>();
    for (Exit each : target.exits()) {
      layers.add(each.layer());
    }
    return layers;
  }
}
