package dev.litebert.cli;

import dev.litebert.Answer;
import dev.litebert.InputException;
import dev.litebert.LiteBert;
import dev.litebert.LiteBertException;
import dev.litebert.Loader;
import dev.litebert.Model;
import dev.litebert.Text;
import dev.litebert.exit.Setting;
import dev.litebert.json.Numbers;
import dev.litebert.network.Engines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code litebert-java}: answers texts, a line each; mirrors {@code run_command.py}. */
final class Command {
  private static final int ERROR = 1;
  private static final int USAGE = 2;

  private final InputStream in;
  private final Console console;
  private final boolean atTerminal;
  private final FlagNames names = new FlagNames();

  /**
   * The command on three streams.
   *
   * @param atTerminal whether a person types on {@code in}.
   */
  Command(InputStream in, Console console, boolean atTerminal) {
    this.in = in;
    this.console = console;
    this.atTerminal = atTerminal;
  }

  /** Runs the command; returns its exit code: 0, 1 for an error, 2 for wrong usage. */
  int run(List<String> given) {
    try {
      List<Flag> plain = Flags.plain(Engines.onClassPath().names());
      List<Flag> exits = Flags.exits();
      List<Flag> flags = new ArrayList<>(plain);
      flags.addAll(exits);
      try {
        return run(new Options(flags, given), plain, exits);
      } catch (UsageException error) {
        String help = given.isEmpty() ? Help.all(plain, exits) : Help.usage(plain, exits);
        console.write(help);
        console.tell("litebert-java: error: " + error.getMessage());
        return USAGE;
      }
    } catch (LiteBertException error) {
      console.tell("error: " + names.in(error.getMessage()));
    } catch (IOException error) {
      if (!isBrokenPipe(error)) { // whose reader, such as head, has seen enough
        console.tell("error: input/output: " + error.getMessage());
      }
    } catch (OutOfMemoryError error) {
      console.tell(
          "error: the memory that Java may use is too small; give more, as with JAVA_OPTS=-Xmx4g");
    }
    return ERROR;
  }

  private int run(Options options, List<Flag> plain, List<Flag> exits) throws IOException {
    if (options.asksForHelp()) {
      console.print(Help.all(plain, exits));
      return 0;
    }
    if (options.asksForVersion()) {
      String version = Command.class.getPackage().getImplementationVersion();
      console.print("litebert-java " + (version == null ? "of no jar" : version) + "\n");
      return 0;
    }
    try (Model<Answer> model = open(options)) {
      tellSetting(options, model);
      answerAll(options, model);
    }
    return 0;
  }

  private Model<Answer> open(Options options) {
    Loader loader =
        LiteBert.loader()
            .backend(options.backend())
            .threads(options.threads())
            .leave(options.leave());
    Double changed = options.limit(Flags.MAX_CHANGED_PERCENT);
    if (changed != null) {
      loader.maxChangedPercent(changed);
    }
    Double drop = options.limit(Flags.MAX_ACCURACY_DROP);
    if (drop != null) {
      loader.maxAccuracyDrop(drop);
    }
    Double budget = options.limit(Flags.LATENCY_BUDGET_MS);
    if (budget != null) {
      loader.latencyBudgetMs(budget);
    }
    Warnings warnings = new Warnings();
    Model<Answer> model = null;
    try {
      model = loader.onWarning(warnings).load(folder(options.folder()), Answer.class);
    } finally {
      boolean isPromise = model != null && model.promise() != null;
      for (String each : warnings.sentences()) {
        if (!isPromise || !each.equals(model.promise().line())) { // which is a line of its own
          console.warn(names.in(each));
        }
      }
    }
    return model;
  }

  private static Path folder(String name) {
    try {
      return Paths.get(name.isEmpty() ? "." : name);
    } catch (InvalidPathException error) {
      throw new InputException(
          name + ": no such folder; expected an artifact written by litebert-export");
    }
  }

  private void tellSetting(Options options, Model<Answer> model) {
    Double budget = options.limit(Flags.LATENCY_BUDGET_MS);
    if (model.promise() != null) {
      console.tell(model.promise().line() + sameAs(model.setting()));
    } else if (budget != null) {
      console.tell("within " + Numbers.general(budget, 6) + " ms" + sameAs(model.setting()));
    }
  }

  /** The flags that give a setting by its values, as the end of a line. */
  private static String sameAs(Setting setting) {
    if (setting == null) {
      return "";
    }
    StringBuilder shown = new StringBuilder("; the same as");
    for (Map.Entry<String, String> each : setting.arguments().entrySet()) {
      shown.append(" --").append(each.getKey()).append(' ').append(each.getValue());
    }
    return shown.toString();
  }

  private void answerAll(Options options, Model<Answer> model) throws IOException {
    Texts texts = texts(options);
    boolean asked = false;
    for (Text text = texts.next(); text != null; text = texts.next()) {
      if (!asked && isOdd(text, model.inputs())) {
        asked = true;
        console.warn(question(text, options));
      }
      Answer answer = model.answer(text);
      console.answer(
          options.writesJson()
              ? JsonLine.of(
                  answer.fields(), text, options.writesIds() ? model.tokenize(text) : null)
              : answer.line());
    }
  }

  private Texts texts(Options options) {
    if (options.texts().isEmpty()) {
      if (atTerminal) {
        String what = options.arePairs() ? "pair with a tab between" : "text";
        console.tell("type a " + what + " and Enter; Ctrl-D ends");
      }
      Lines lines = new Lines(in, console, !options.readsJson());
      return options.readsJson() ? Texts.ofJson(lines) : Texts.of(lines, options.arePairs());
    }
    for (String text : options.texts()) {
      if (isFile(text)) {
        console.warn(
            text
                + " is a file, and its name is answered; for its lines give < "
                + quoted(text)
                + " instead");
        break;
      }
    }
    return Texts.of(options.texts(), options.arePairs());
  }

  /** Whether a text is a pair for a model of single texts, or the other way round. */
  private static boolean isOdd(Text text, String inputs) {
    return inputs != null && text.isPair() != inputs.equals("pair");
  }

  /** The question whether that was meant; mirrors {@code question} of inputs.py. */
  private static String question(Text text, Options options) {
    if (text.isPair()) {
      return "a pair was given to a model that takes single texts, as its manifest says; "
          + (options.readsJson() ? "give a string a line" : "leave --pair out");
    }
    return "a single text was given to a model that takes pairs, as its manifest says; give "
        + (options.readsJson()
            ? "a list of two strings a line"
            : "--pair, with a tab between the halves");
  }

  private static boolean isFile(String name) {
    try {
      return Files.isRegularFile(Paths.get(name));
    } catch (InvalidPathException error) {
      return false;
    }
  }

  /** A name as one word of a shell, which no leading hyphen makes a flag; mirrors shell.py. */
  private static String quoted(String name) {
    String path = name.startsWith("-") ? "./" + name : name;
    if (path.matches("[A-Za-z0-9@%+=:,./_-]+")) {
      return path;
    }
    return "'" + path.replace("'", "'\"'\"'") + "'";
  }

  private static boolean isBrokenPipe(IOException error) {
    String message = String.valueOf(error.getMessage());
    return message.contains("Broken pipe") || message.contains("EPIPE");
  }
}
