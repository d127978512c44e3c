package dev.litebert.checks;

import dev.litebert.Answer;
import dev.litebert.LiteBert;
import dev.litebert.LiteBertException;
import dev.litebert.Model;
import dev.litebert.Replay;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Locale;

/** A small app: replays the golden cases of artifacts and answers a text, a line each. */
public final class GoldenApp {
  private GoldenApp() {}

  /** {@code ENGINE FOLDER...}; exit code 1 where an answer differs or an artifact is refused. */
  public static void main(String[] args) {
    boolean passed = true;
    for (int i = 1; i < args.length; i++) {
      Path folder = Paths.get(args[i]);
      try (Model<Answer> model = LiteBert.loader().backend(args[0]).load(folder, Answer.class)) {
        Replay replay = model.replayGolden();
        System.out.printf(
            Locale.ROOT,
            "%s, %s: %d golden cases, worst %.4f of the tolerance; %s%n",
            args[0],
            folder.getFileName(),
            replay.cases(),
            replay.worst(),
            replay.passed() ? model.answer("a gripping film .") : replay.differences());
        passed &= replay.passed();
      } catch (LiteBertException exception) {
        System.err.println(exception.getMessage());
        passed = false;
      }
    }
    System.exit(passed ? 0 : 1);
  }
}
