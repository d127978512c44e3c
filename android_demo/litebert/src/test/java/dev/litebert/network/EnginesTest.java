package dev.litebert.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.litebert.Artifacts;
import dev.litebert.FakeEngine;
import dev.litebert.InputException;
import dev.litebert.LiteBertException;
import dev.litebert.MissingEngineException;
import dev.litebert.artifact.Artifact;
import dev.litebert.engine.Engine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Which engine an artifact gets. */
class EnginesTest {
  private final Artifact both = Artifact.open(Artifacts.sound("bert"), null);
  private final Artifact onnx = Artifact.open(Artifacts.sound("bert-exits-branched"), null);
  private final FakeEngine tflite = fake("tflite", "tflite");
  private final FakeEngine onnxruntime = fake("onnxruntime", "onnx");
  private final FakeEngine interpreter = fake("interpreter", "tflite");
  private final FakeEngine own = fake("own", "tflite");

  @Test
  void autoTakesTheFirstThatRunsAGraphOfTheArtifact() {
    Engines all = engines(own, interpreter, onnxruntime, tflite);
    assertEquals("tflite", name(all.choose("auto", both, false, 1)));
    assertEquals("onnxruntime", name(all.choose("auto", onnx, false, 1)));
    assertEquals("interpreter", name(engines(own, interpreter).choose("auto", both, false, 1)));
    assertEquals("own", name(engines(own).choose("auto", both, false, 1)));
  }

  @Test
  void autoPassesOverOneThatIsBroken() {
    tflite.onOpen =
        () -> {
          throw new MissingEngineException("no native library");
        };
    assertEquals("onnxruntime", name(engines(tflite, onnxruntime).choose("auto", both, false, 1)));
    interpreter.onOpen =
        () -> {
          throw new MissingEngineException("for Android only");
        };
    assertMissing(
        "no native library", () -> engines(tflite, interpreter).choose("auto", both, false, 1));
    assertMissing("no native library", () -> engines(tflite).choose("tflite", both, false, 1));
  }

  @Test
  void anOptionThatNeedsACalibrationPrefersCalibratedGraphs() {
    Artifact calibrated = Artifact.open(Artifacts.sound("bert-calibrated"), null);
    assertEquals("tflite", name(engines(tflite, onnxruntime).choose("auto", calibrated, true, 1)));
    // Where no graph is calibrated the order decides, and the knob's own error follows.
    assertEquals("tflite", name(engines(tflite, onnxruntime).choose("auto", both, true, 1)));
  }

  @Test
  void namesAreChecked() {
    Engines all = engines(own, tflite);
    assertEquals("own", name(all.choose("own", both, false, 1)));
    assertInput(
        "backend 'torch' is unknown; expected auto, tflite, onnxruntime, interpreter, own",
        () -> all.choose("torch", both, false, 1));
    assertInput(
        "backend None is unknown; expected auto, tflite, onnxruntime, interpreter, own",
        () -> all.choose(null, both, false, 1));
    assertInput(
        "backend tflite needs a tflite graph, the artifact has onnx; export it with --target"
            + " tflite",
        () -> all.choose("tflite", onnx, false, 1));
    assertInput(
        "backend interpreter needs a tflite graph, the artifact has onnx; export it with --target"
            + " tflite",
        () -> all.choose("interpreter", onnx, false, 1));
  }

  @Test
  void missingEnginesAreNamedByTheirMavenCoordinates() {
    assertMissing(
        "no engine for this artifact is on the class path; add dev.litebert:litebert-tflite or"
            + " dev.litebert:litebert-onnxruntime",
        () -> engines().choose("auto", both, false, 1));
    assertMissing(
        "no engine for this artifact is on the class path; add dev.litebert:litebert-onnxruntime",
        () -> engines(tflite).choose("auto", onnx, false, 1));
    assertMissing(
        "onnxruntime is not on the class path; add dev.litebert:litebert-onnxruntime to the build",
        () -> engines(tflite).choose("onnxruntime", both, false, 1));
  }

  @Test
  void theCoresOwnClassPathHasNone() {
    assertMissing(
        "no engine for this artifact is on the class path; add dev.litebert:litebert-tflite or"
            + " dev.litebert:litebert-onnxruntime",
        () -> Engines.onClassPath().choose("auto", both, false, 1));
  }

  private static Engines engines(Engine... engines) {
    return Engines.of(List.of(engines), null);
  }

  private static FakeEngine fake(String name, String target) {
    return new FakeEngine(name, target, (feeds, tensor) -> FakeEngine.row(0, 0));
  }

  private static String name(Engines.Chosen chosen) {
    return chosen.engine().name();
  }

  private static void assertInput(String message, Executable call) {
    assertMessage(InputException.class, message, call);
  }

  private static void assertMissing(String message, Executable call) {
    assertMessage(MissingEngineException.class, message, call);
  }

  private static void assertMessage(
      Class<? extends LiteBertException> kind, String message, Executable call) {
    assertEquals(message, assertThrows(kind, call).getMessage());
  }
}
