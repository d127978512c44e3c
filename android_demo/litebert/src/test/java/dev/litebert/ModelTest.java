package dev.litebert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.engine.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Models on an engine that gives the numbers that a test says; sentences are Python's. */
class ModelTest {
  private static final float[] SURE = {-9, 9};
  private static final float[] UNSURE = {0.1f, 0};

  @Test
  void textLeavesAtTheFirstExitThatIsSure() {
    FakeEngine engine = sureAt("logits_01");
    try (Model<Prediction> model = load("bert-exits", engine)) {
      assertEquals(List.of("open embed"), engine.events);
      Prediction answer = model.answer("a good film", Leave.speed(0.2));
      assertEquals(1, answer.exitLayer());
      assertEquals("positive", answer.label());
      assertEquals(
          List.of(
              "open embed",
              "run embed",
              "open layer_00",
              "run layer_00",
              "open layer_01",
              "run layer_01"),
          engine.events);
      assertEquals(3, model.answer("a good film").exitLayer()); // without a setting all layers run
      assertEquals(3, model.answer(Text.of("a good film"), Leave.speed(0)).exitLayer());
      assertEquals(
          0, model.answer(Text.of("a good film"), Leave.speed(1, 0, 0)).exitLayer()); // .998 < 1
      assertEquals(1, model.answer(Text.of("a good film"), Leave.speed(0.1, 0.1, 0)).exitLayer());
    }
    assertEquals(List.of(), engine.crashes);
  }

  @Test
  void theLoadersSettingIsThatOfCallsWithoutOne() {
    try (Model<Prediction> model =
        LiteBert.loader().engine(sureAt("logits_00")).speed(0.2).load(sound("bert-exits"))) {
      assertEquals(0, model.answer("a good film").exitLayer());
      assertEquals("Setting(speed=0.2)", model.setting().toString());
      assertEquals(3, model.answer(Text.of("a good film"), Leave.speed(0)).exitLayer());
      assertEquals(
          "Model('bert-exits', tflite int8 split, fake, labels=('negative', 'positive'),"
              + " Setting(speed=0.2))",
          model.toString());
    }
  }

  @Test
  void preloadOpensEverySegment() {
    FakeEngine engine = sureAt("logits");
    try (Model<Prediction> model =
        LiteBert.loader().engine(engine).preload(true).load(sound("bert-exits"))) {
      assertEquals(5, engine.events.size());
      model.answer("a good film");
      assertEquals(5, engine.events.stream().filter(each -> each.startsWith("open")).count());
    }
  }

  @Test
  void wholeGraphRunsOnceForAllExits() {
    FakeEngine engine = sureAt("logits_02");
    try (Model<Prediction> model = load("bert-exits-whole", engine)) {
      assertEquals(2, model.answer(Text.of("a good film"), Leave.speed(0.2)).exitLayer());
      assertEquals(1, engine.events.stream().filter(each -> each.equals("run whole")).count());
      float[][] exits = model.allExits(Text.of("a good film"));
      assertEquals(4, exits.length);
      assertArrayEquals(SURE, exits[2]);
      assertArrayEquals(UNSURE, exits[3]);
    }
  }

  @Test
  void fixedLengthsPadToTheShortestThatFits() {
    FakeEngine engine = sureAt("logits_00");
    try (Model<Prediction> model = load("bert-exits-lengths", engine)) {
      assertEquals(List.of(), engine.events); // no length is needed yet
      assertEquals(5, model.answer(Text.of("a good film"), Leave.speed(0.2)).tokens());
      assertEquals(
          List.of("open embed_16", "run embed", "open layer_00_16", "run layer_00"), engine.events);
      int[] mask = new int[16];
      Arrays.fill(mask, 0, 5, 1);
      assertArrayEquals(mask, engine.feeds.get(0).ints("attention_mask"));
      assertEquals(16, engine.feeds.get(0).tokens());
      assertEquals(0, engine.feeds.get(0).ints("input_ids")[5]);
      model.answer("good ".repeat(20));
      assertEquals(48, engine.feeds.get(1).tokens());
      model.answer("good ".repeat(14));
      assertEquals(16, engine.feeds.get(2).tokens());
    }
  }

  @Test
  void branchedGraphGetsThresholdsAndSaysWhereItLeft() {
    long[] layer = {2};
    FakeEngine engine =
        new FakeEngine(
            "fake",
            "onnx",
            (feeds, tensor) ->
                tensor.equals("exit_layer")
                    ? Tensor.ofLongs(new int[] {1}, layer)
                    : FakeEngine.row(SURE));
    try (Model<Prediction> model = load("bert-exits-branched", engine)) {
      assertEquals(2, model.answer(Text.of("a film"), Leave.speed(0.1, 0.2, 0.3)).exitLayer());
      assertArrayEquals(new float[] {0.1f, 0.2f, 0.3f}, engine.feeds.get(0).thresholds());
      model.answer("a film");
      assertArrayEquals(new float[] {-1, -1, -1}, engine.feeds.get(1).thresholds());
      assertEquals(4, model.allExits(Text.of("a film")).length);
      float open = Float.POSITIVE_INFINITY;
      assertArrayEquals(new float[] {-1, open, -1}, engine.feeds.get(3).thresholds());
      layer[0] = 7;
      assertRefused(
          "the graph left behind the layers [7]; export the model again",
          () -> model.answer("a film"));
    }
  }

  @Test
  void outputsThatDifferFromTheManifestAreRefused() {
    assertRefused(
        "the graph gives logits [1, 3] of float32, expected [1, 2] of float32; export the model"
            + " again",
        FakeEngine.row(1, 2, 3));
    assertRefused(
        "the graph gives logits [1, 2] of int64, expected [1, 2] of float32; export the model"
            + " again",
        Tensor.ofLongs(new int[] {1, 2}, new long[2]));
    assertRefused(
        "the graph gives logits [1, 2] of float16, expected [1, 2] of float32; export the model"
            + " again",
        Tensor.ofOther("float16", new int[] {1, 2}));
    assertRefused(
        "the graph gives no 'logits' for each of 1 texts; export the model again",
        Tensor.ofFloats(new int[] {2, 2}, new float[4]));
    assertRefused(
        "the graph gives no 'logits' for each of 1 texts; export the model again",
        Tensor.ofFloats(new int[0], new float[1]));
    assertRefused(
        "the graph gives the logits (nan, 0.0); export the model again",
        FakeEngine.row(Float.NaN, 0));
  }

  private static void assertRefused(String message, Tensor logits) {
    try (Model<Prediction> model = load("bert", FakeEngine.of((feeds, tensor) -> logits))) {
      assertRefused(message, () -> model.answer("a film"));
    }
  }

  @Test
  void closedModelCannotAnswer() {
    FakeEngine engine = sureAt("logits");
    Model<Prediction> model = load("bert", engine);
    Iterator<Prediction> answers = model.stream(List.of(Text.of("a"), Text.of("b")).iterator());
    answers.next();
    model.close(); // by the consumer of its stream
    model.close();
    assertEquals(1, engine.freed.get());
    String message = "the model was closed; open it again with LiteBert.load()";
    for (Executable each :
        List.<Executable>of(
            () -> model.answer("a"),
            () -> model.answerAll(List.of(Text.of("a"))),
            () -> model.allExits(Text.of("a")),
            model::replayGolden,
            answers::next)) {
      assertInput(message, each);
    }
    assertEquals(3, model.tokenize(Text.of("a")).tokens());
    assertTrue(model.toString().endsWith(", closed)"));
    assertEquals(List.of(), engine.crashes);
  }

  @Test
  void streamTakesATextWhenItsAnswerIsAskedFor() {
    List<String> taken = new ArrayList<>();
    Iterator<Text> texts =
        List.of("a", "b", "c").stream().peek(taken::add).map(Text::of).iterator();
    try (Model<Prediction> model = load("bert", sureAt("logits"))) {
      Iterator<Prediction> answers = model.stream(texts);
      assertEquals(List.of(), taken);
      assertEquals("positive", answers.next().label());
      assertEquals(List.of("a"), taken);
      answers.next();
      answers.next();
      assertFalse(answers.hasNext());
      Iterator<Prediction> odd = model.stream(Arrays.asList(Text.of("a"), null).iterator());
      odd.next();
      assertInput(
          "row 1 (counted from 0) of the input is null; expected a Text; leave out the rows that"
              + " are missing, or give Text.of(\"\")",
          odd::next);
    }
  }

  @Test
  void rowsOfAListAreCheckedBeforeOneIsAnswered() {
    FakeEngine engine = sureAt("logits");
    try (Model<Prediction> model = load("bert", engine)) {
      assertInput(
          "row 1 (counted from 0) of the input is null; expected a Text; leave out the rows that"
              + " are missing, or give Text.of(\"\")",
          () -> model.answerAll(Arrays.asList(Text.of("a"), null)));
      assertEquals(List.of("open whole"), engine.events);
      assertEquals(List.of(), model.answerAll(List.of()));
      assertEquals(2, model.answerAll(List.of(Text.of("a"), Text.pair("a", "b"))).size());
      assertInput("input is null, expected a text", () -> model.answer((String) null));
      assertInput("input is null; expected a Text", () -> model.answer((Text) null));
      assertInput("texts is null, expected a list of texts or pairs", () -> model.answerAll(null));
      assertInput("stream() got null, expected an iterator of texts", () -> model.stream(null));
    }
  }

  @Test
  void oddInputIsQuestionedOnce() {
    List<String> said = new ArrayList<>();
    Loader loader = LiteBert.loader().engine(sureAt("logits")).onWarning(said::add);
    try (Model<Prediction> model = loader.load(sound("bert-for-texts"))) {
      model.answer("a film");
      assertEquals(List.of(), said);
      model.answer("a film", "a plot");
      model.answer("a film", "a plot");
      assertEquals("text", model.inputs());
    }
    assertEquals(
        List.of(
            "a pair was given to a model that takes single texts, as its manifest says; for two"
                + " texts give answerAll a list"),
        said);
    said.clear();
    FakeEngine number = FakeEngine.of((feeds, tensor) -> FakeEngine.row(1));
    try (Model<Prediction> model =
        LiteBert.loader().engine(number).onWarning(said::add).load(sound("cross-encoder"))) {
      model.answerAll(List.of(Text.pair("a", "b"), Text.of("a"), Text.of("a")));
    }
    assertEquals(
        List.of(
            "a single text was given to a model that takes pairs, as its manifest says; give"
                + " Text.pair(first, second)"),
        said);
  }

  @Test
  void theClassOfAnswersMustBeThatOfTheTask() {
    FakeEngine engine = FakeEngine.of((feeds, tensor) -> FakeEngine.row(new float[24]));
    assertInput(
        "the task of this artifact is embeddings, which answers with Embedding; give load(folder,"
            + " Embedding.class)",
        () -> LiteBert.loader().engine(engine).load(sound("embeddings")));
    assertInput(
        "the task of this artifact is sequence-classification, which answers with Prediction; give"
            + " load(folder, Prediction.class)",
        () -> LiteBert.loader().engine(engine).load(sound("bert"), Embedding.class));
    try (Model<Embedding> model =
        LiteBert.loader().engine(engine).load(sound("embeddings"), Embedding.class)) {
      assertEquals(24, model.answer("a film").vector().length);
      assertNull(model.exitRule());
      assertEquals(List.of(), model.labels());
      assertEquals("Model('embeddings', tflite int8 whole, fake)", model.toString());
    }
    try (Model<Answer> model =
        LiteBert.loader().engine(engine).load(sound("embeddings"), Answer.class)) {
      assertEquals(3, model.answer("film").tokens());
    }
  }

  @Test
  void wrongOptionsAreRefusedInPythonsWords() {
    Path folder = sound("bert-exits");
    assertInput(
        "exit settings, maxChangedPercent, maxAccuracyDrop and latencyBudgetMs exclude one"
            + " another; give one",
        () -> loader().speed(0.2).maxAccuracyDrop(1).load(folder));
    assertInput(
        "the speed was given twice, by speed and in leave; give it once",
        () -> loader().speed(0.2).leave(Leave.speed(0.1)).load(folder));
    assertInput(
        "leave has the name 'haste', expected parameters of an exit rule: speed, threshold,"
            + " patience",
        () -> Leave.by("haste", 1));
    assertInput(
        "threads is 0; expected a whole number from 1", () -> loader().threads(0).load(folder));
    assertInput(
        "speed is 1.5, expected a number from 0 to 1", () -> loader().speed(1.5).load(folder));
    assertInput(
        "the tflite graph was not calibrated; first run litebert calibrate ARTIFACT --data FILE",
        () -> loader().maxChangedPercent(5).load(folder));
    assertInput(
        "maxChangedPercent was given, but this artifact has no early exits; add them to the"
            + " student with litebert-exits, which takes classifiers, and export it again",
        () -> loader().maxChangedPercent(5).load(sound("bert")));
    try (Model<Prediction> model = loader().load(folder)) {
      assertInput(
          "patience was given, but this artifact leaves by the rule entropy-below, which needs"
              + " speed",
          () -> model.answer(Text.of("a"), Leave.by("patience", 1)));
    }
  }

  @Test
  void graphsAreFreedWhereTheModelCannotBeMade() {
    FakeEngine engine = sureAt("logits");
    assertThrows(
        InputException.class,
        () -> LiteBert.loader().engine(engine).speed(2).load(sound("bert-exits")));
    assertEquals(List.of("open embed", "close"), engine.events);
  }

  @Test
  void moreThreadsThanCoresAreNotGiven() {
    List<String> said = new ArrayList<>();
    FakeEngine engine = sureAt("logits");
    int cores = Runtime.getRuntime().availableProcessors();
    Loader loader = LiteBert.loader().engine(engine).onWarning(said::add);
    loader.threads(cores).load(sound("bert")).close();
    assertEquals(cores, engine.threads);
    assertEquals(List.of(), said);
    loader.threads(cores + 3).load(sound("bert")).close();
    assertEquals(cores, engine.threads);
    assertEquals(
        List.of(
            String.format(
                "threads is %d, but this process may use %d cores at once; the engine gets %d",
                cores + 3, cores, cores)),
        said);
  }

  @Test
  void limitsChooseSettingsOfTheCalibration() {
    Path folder = sound("bert-calibrated");
    try (Model<Prediction> model = loader().maxChangedPercent(99).load(folder)) {
      assertTrue(
          model
              .promise()
              .line()
              .startsWith("promised on new text with 95 % confidence: at most 99"),
          model.promise().line());
      assertEquals(model.promise().setting(), model.setting());
    }
    List<String> said = new ArrayList<>();
    try (Model<Prediction> model = loader().onWarning(said::add).maxAccuracyDrop(0).load(folder)) {
      assertNull(model.setting());
      assertEquals(List.of(model.promise().line()), said);
      assertEquals(
          "accuracy falls by at most 0 points: nothing promised, all layers run, as no number of"
              + " texts can promise 0",
          said.get(0));
    }
    try (Model<Prediction> model = loader().latencyBudgetMs(1e6).load(folder)) {
      assertEquals(3, model.setting().values().size());
      assertNull(model.promise());
    }
    InputException error =
        assertThrows(InputException.class, () -> loader().latencyBudgetMs(0).load(folder));
    assertTrue(
        error.getMessage().startsWith("latencyBudgetMs is 0, but the fastest setting takes "),
        error.getMessage());
  }

  @Test
  void artifactReplacedUnderTheModelIsNoticedWhenASegmentIsOpened(@TempDir Path temp)
      throws IOException {
    Path folder = Artifacts.copy("bert-exits", temp.resolve("a"));
    try (Model<Prediction> model = LiteBert.loader().engine(sureAt("logits_00")).load(folder)) {
      assertEquals(0, model.answer(Text.of("a film"), Leave.speed(0.5)).exitLayer());
      Path graph = folder.resolve("tflite/model.tflite");
      Path other = temp.resolve("other");
      byte[] content = Files.readAllBytes(graph);
      content[content.length - 1] ^= 1;
      Files.write(other, content);
      Files.move(other, graph, StandardCopyOption.REPLACE_EXISTING);
      assertEquals(0, model.answer(Text.of("a film"), Leave.speed(0.5)).exitLayer());
      assertRefused(
          graph.toRealPath()
              + ": was replaced, changed or removed after the artifact was opened; open it again,"
              + " with LiteBert.load()",
          () -> model.answer("a film"));
    }
  }

  @Test
  void graphThatIsOverwrittenInPlaceIsNoticedByTheNextAnswer(@TempDir Path temp)
      throws IOException {
    Path folder = Artifacts.copy("bert", temp.resolve("a"));
    try (Model<Prediction> model = LiteBert.loader().engine(sureAt("logits")).load(folder)) {
      assertEquals("positive", model.answer("a film").label());
      Path graph = folder.resolve("tflite/model.tflite");
      byte[] content = Files.readAllBytes(graph);
      content[content.length - 1] ^= 1;
      Files.write(graph, content); // the same inode, which an engine has mapped
      String message =
          graph.toRealPath()
              + ": was replaced, changed or removed after the artifact was opened; open it again,"
              + " with LiteBert.load()";
      assertRefused(message, () -> model.answer("a film"));
      assertRefused(message, () -> model.answerAll(List.of(Text.of("a film"))));
    }
  }

  @Test
  void goldenCasesAreReplayed() throws IOException {
    Map<List<Integer>, float[]> golden = Golden.logits(sound("bert"), "tflite");
    FakeEngine right =
        FakeEngine.of((feeds, tensor) -> FakeEngine.row(golden.get(Golden.ids(feeds))));
    try (Model<Prediction> model = load("bert", right)) {
      Replay replay = model.replayGolden();
      assertEquals("Replay(cases=8, worst=0.0, differences=[])", replay.toString());
      assertTrue(replay.passed());
    }
    FakeEngine wrong =
        FakeEngine.of(
            (feeds, tensor) -> {
              float[] logits = golden.get(Golden.ids(feeds)).clone();
              logits[0] += 1;
              return FakeEngine.row(logits);
            });
    try (Model<Prediction> model = load("bert", wrong)) {
      assertTrue(model.replayGolden().worst() > 1);
      assertFalse(model.replayGolden().passed());
    }
  }

  static FakeEngine sureAt(String sure) {
    return FakeEngine.of(
        (feeds, tensor) -> FakeEngine.row(tensor.equals(sure) ? SURE.clone() : UNSURE.clone()));
  }

  static Loader loader() {
    return LiteBert.loader().engine(sureAt("logits"));
  }

  static Path sound(String name) {
    return Artifacts.sound(name);
  }

  static Model<Prediction> load(String name, FakeEngine engine) {
    return LiteBert.loader().engine(engine).load(sound(name));
  }

  static void assertInput(String message, Executable call) {
    assertEquals(message, assertThrows(InputException.class, call).getMessage());
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(ArtifactException.class, call).getMessage());
  }
}
