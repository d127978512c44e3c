package dev.litebert.cli;

import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The words of a command line, told apart as Python's argparse does: flags in any place and order,
 * also shortened; {@code --name=value}; nothing but texts behind {@code --}.
 */
final class CommandLine {
  private static final String SHORT_HELP = "-h";
  private static final Pattern NEGATIVE = Pattern.compile("-\\d+|-\\d*\\.\\d+");

  private final Map<String, String> values;
  private final List<String> words;

  private CommandLine(Map<String, String> values, List<String> words) {
    this.values = values;
    this.words = words;
  }

  /**
   * The command line that was given.
   *
   * @throws UsageException a flag is unknown, is short for several, or lacks its value.
   */
  static CommandLine parse(Collection<Flag> flags, List<String> given) throws UsageException {
    Map<String, String> values = new LinkedHashMap<>();
    List<String> words = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (int at = 0; at < given.size(); at++) {
      String word = given.get(at);
      if (word.equals("--")) {
        words.addAll(given.subList(at + 1, given.size()));
        break;
      }
      if (!looksLikeFlag(word)) {
        words.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      Flag flag = named(flags, equals < 0 ? word : word.substring(0, equals));
      if (flag == null) {
        if (word.indexOf(' ') >= 0) {
          words.add(word);
        } else {
          unknown.add(word);
        }
      } else if (!flag.takesValue()) {
        if (equals >= 0) {
          String value = Repr.of(word.substring(equals + 1), 60);
          throw new UsageException(
              "argument " + flag.name() + ": ignored explicit argument " + value);
        }
        values.put(flag.name(), "");
      } else if (equals >= 0) {
        values.put(flag.name(), word.substring(equals + 1));
      } else if (at + 1 < given.size() && isValue(flags, given.get(at + 1))) {
        values.put(flag.name(), given.get(++at));
      } else {
        throw new UsageException("argument " + flag.name() + ": expected one argument");
      }
    }
    if (!unknown.isEmpty()) {
      throw new UsageException("unrecognized arguments: " + String.join(" ", unknown));
    }
    return new CommandLine(values, words);
  }

  /** The value of a flag; null where it was not given. */
  String value(String flag) {
    return values.get(flag);
  }

  boolean has(String flag) {
    return values.containsKey(flag);
  }

  /** The words that belong to no flag, in order. */
  List<String> words() {
    return words;
  }

  private static boolean looksLikeFlag(String word) {
    return word.length() > 1 && word.charAt(0) == '-' && !NEGATIVE.matcher(word).matches();
  }

  private static boolean isValue(Collection<Flag> flags, String word) throws UsageException {
    if (!looksLikeFlag(word)) {
      return true;
    }
    return word.indexOf(' ') >= 0 && named(flags, word) == null;
  }

  /** The flag of a name or of its beginning; null without one. */
  private static Flag named(Collection<Flag> flags, String name) throws UsageException {
    List<String> able = new ArrayList<>();
    Flag found = null;
    if (name.equals(SHORT_HELP)) {
      return named(flags, Flags.HELP);
    }
    for (Flag flag : flags) {
      if (flag.name().equals(name)) {
        return flag;
      }
      if (name.startsWith("--") && name.length() > 2 && flag.name().startsWith(name)) {
        able.add(flag.name());
        found = flag;
      }
    }
    if (able.size() > 1) {
      throw new UsageException(
          "ambiguous option: " + name + " could match " + String.join(", ", able));
    }
    return found;
  }
}
