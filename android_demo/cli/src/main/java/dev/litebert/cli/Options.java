package dev.litebert.cli;

import dev.litebert.Leave;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a command line asks for: its flags as values of their kinds. */
final class Options {
  private final CommandLine line;
  private final Map<String, Double> limits = new LinkedHashMap<>();
  private Leave leave;
  private int threads = 1;

  /**
   * The options of a command line.
   *
   * @throws UsageException a flag is unknown, or its value is of another kind; no folder is named;
   *     or two flags exclude each other.
   */
  Options(List<Flag> flags, List<String> given) throws UsageException {
    line = CommandLine.parse(flags, given);
    if (asksForHelp() || asksForVersion()) {
      return;
    }
    for (String name : Flags.rulesByParameter().keySet()) {
      String value = line.value("--" + name);
      if (value != null) {
        double[] values = values(name, value);
        leave = leave == null ? Leave.by(name, values) : leave.and(name, values);
      }
    }
    for (String flag : Flags.LIMITS) {
      String value = line.value(flag);
      if (value != null) {
        limits.put(flag, GivenNumbers.real(flag, value));
      }
    }
    if (line.has(Flags.THREADS)) {
      threads = GivenNumbers.whole(Flags.THREADS, line.value(Flags.THREADS));
    }
    if (line.words().isEmpty()) {
      throw new UsageException("the following arguments are required: FOLDER");
    }
    if (readsJson() && line.has(Flags.PAIR)) {
      throw new UsageException(
          "argument --stdin-json: not allowed with argument --pair; a pair is a list of two"
              + " strings");
    }
    if (readsJson() && !texts().isEmpty()) {
      throw new UsageException("argument --stdin-json: not allowed with TEXT");
    }
  }

  private static double[] values(String parameter, String value) throws UsageException {
    String flag = "--" + parameter;
    if (Flags.takesSeveral(parameter)) {
      return GivenNumbers.several(flag, value);
    }
    double found =
        Flags.takesWholeNumbers(parameter)
            ? GivenNumbers.whole(flag, value)
            : GivenNumbers.real(flag, value);
    return new double[] {found};
  }

  boolean asksForHelp() {
    return line.has(Flags.HELP);
  }

  boolean asksForVersion() {
    return line.has(Flags.VERSION);
  }

  /** The artifact's folder. */
  String folder() {
    return line.words().get(0);
  }

  /** The texts of the command line; empty: those of stdin. */
  List<String> texts() {
    return new ArrayList<>(line.words().subList(1, line.words().size()));
  }

  /** An engine's name, or {@code auto}. */
  String backend() {
    return line.has(Flags.BACKEND) ? line.value(Flags.BACKEND) : "auto";
  }

  int threads() {
    return threads;
  }

  /** The values of exit rules that were given; null without any. */
  Leave leave() {
    return leave;
  }

  /** A limit that was given, by its flag; null without it. */
  Double limit(String flag) {
    return limits.get(flag);
  }

  boolean arePairs() {
    return line.has(Flags.PAIR);
  }

  boolean writesJson() {
    return line.has(Flags.JSON) || writesIds();
  }

  boolean writesIds() {
    return line.has(Flags.IDS);
  }

  boolean readsJson() {
    return line.has(Flags.STDIN_JSON);
  }
}
