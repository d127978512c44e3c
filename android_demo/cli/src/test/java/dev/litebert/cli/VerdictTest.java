package dev.litebert.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.Answer;
import dev.litebert.LiteBert;
import dev.litebert.LiteBertException;
import dev.litebert.Model;
import dev.litebert.artifact.Artifact;
import dev.litebert.engine.contract.Artifacts;
import dev.litebert.exit.Calibration;
import dev.litebert.graph.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each artifact of {@code make artifacts} gets Python's verdict; mirrors {@code verdict} of {@code
 * tests/artifacts/damage.py}.
 */
class VerdictTest {
  private static final Map<String, String> BACKENDS =
      Map.of("onnx", "onnxruntime", "tflite", "tflite");
  private static final List<String> TIMES = List.of("open", "calibration", "answer", "verify");
  private static final String DIFFERS = "differs";

  /** Python's engine hands this output on; Java's refuses it. */
  private static final String SEQUENCE = "graph/an output a sequence";

  /** An artifact of the index. */
  record Row(Path folder, Map<?, ?> body) {
    Verdict expected() {
      String error = (String) body.get("error");
      return new Verdict(
          (String) body.get("at"),
          error == null ? null : error.replace("Error", "Exception"),
          (String) body.get("message"));
    }

    String name() {
      return (String) body.get("name");
    }

    @Override
    public String toString() {
      return name();
    }
  }

  /** Three times null where an artifact is sound. */
  record Verdict(String at, String error, String message) {}

  static Stream<Row> rows() {
    return Artifacts.rows().stream().map(row -> new Row(Artifacts.folder(row), row));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isPythons(Row row) {
    Verdict expected = row.expected();
    boolean runs = !"open".equals(expected.at());
    Verdict found = verdict(row.folder());
    assertEquals(expected.error(), found.error(), found.message());
    if (expected.error() == null) {
      return;
    }
    // A reader in another language may notice earlier.
    assertTrue(TIMES.indexOf(found.at()) <= TIMES.indexOf(expected.at()), found.toString());
    boolean engineSays =
        expected.message().contains(" refuses it (") || SEQUENCE.equals(row.name());
    if (runs && !engineSays) { // OpenTest of the core compares the others' messages
      assertEquals(expected, found);
    }
  }

  private static Verdict verdict(Path folder) {
    String at = "open";
    try {
      Artifact artifact = Artifact.open(folder, null);
      at = "calibration";
      for (Target target : artifact.targets().values()) {
        if (target.calibration() != null) {
          Calibration.read(target, artifact.exitRule());
        }
      }
      at = "answer";
      for (String target : artifact.targets().keySet()) {
        try (Model<Answer> model = load(folder, target)) {
          model.answer("a film");
          if (!artifact.pairs().equals("none")) {
            model.answer("a film", "the plot ".repeat(100));
          }
        }
      }
      at = "verify";
      boolean passed = true;
      for (String target : artifact.targets().keySet()) {
        try (Model<Answer> model = load(folder, target)) {
          passed &= model.replayGolden().passed();
        }
      }
      return passed
          ? new Verdict(null, null, null)
          : new Verdict(at, DIFFERS, "golden cases are not repeated");
    } catch (LiteBertException error) {
      String message = error.getMessage().replace(folder.toString(), "FOLDER");
      return new Verdict(at, error.getClass().getSimpleName(), message);
    }
  }

  private static Model<Answer> load(Path folder, String target) {
    return LiteBert.loader().backend(BACKENDS.get(target)).load(folder, Answer.class);
  }
}
