package dev.litebert.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Messages of the core as a user of the command needs them: an argument of the Java call ({@code
 * maxAccuracyDrop}) is named by its flag ({@code --max-accuracy-drop}).
 */
final class FlagNames {
  private static final Pattern HINT =
      Pattern.compile(" \\(Leave\\.by\\(.*\\)\\)$"); // how Java calls it

  private final Map<String, String> flags = new LinkedHashMap<>(); // by the name in Java
  private final Pattern unique;
  private final Pattern listed;

  FlagNames() {
    flags.put("maxChangedPercent", Flags.MAX_CHANGED_PERCENT);
    flags.put("maxAccuracyDrop", Flags.MAX_ACCURACY_DROP);
    flags.put("latencyBudgetMs", Flags.LATENCY_BUDGET_MS);
    unique = Pattern.compile("\\b(" + String.join("|", flags.keySet()) + ")\\b");
    flags.put("threads", Flags.THREADS);
    flags.put("backend", Flags.BACKEND);
    List<String> names = new ArrayList<>(flags.keySet());
    for (String parameter : Flags.rulesByParameter().keySet()) {
      flags.put(parameter, "--" + parameter);
      names.add(parameter);
    }
    String any = "(?:" + String.join("|", names) + ")";
    // Words such as speed are names only where a sentence names arguments: a text may hold them.
    listed = Pattern.compile("(^|, which needs )(" + any + "(?: and " + any + ")*)(?= |$)");
  }

  /** The message with flags for names. */
  String in(String message) {
    Matcher matcher = listed.matcher(HINT.matcher(message).replaceFirst(""));
    StringBuffer shown = new StringBuffer();
    while (matcher.find()) {
      List<String> named = new ArrayList<>();
      for (String name : matcher.group(2).split(" and ")) {
        named.add(flags.get(name));
      }
      matcher.appendReplacement(
          shown, Matcher.quoteReplacement(matcher.group(1) + String.join(" and ", named)));
    }
    matcher.appendTail(shown);
    Matcher rest = unique.matcher(shown.toString());
    shown.setLength(0);
    while (rest.find()) {
      rest.appendReplacement(shown, Matcher.quoteReplacement(flags.get(rest.group(1))));
    }
    return rest.appendTail(shown).toString();
  }
}
