package dev.litebert.engine.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.ArtifactException;
import dev.litebert.Replay;
import dev.litebert.Text;
import dev.litebert.artifact.Artifact;
import dev.litebert.engine.Engine;
import dev.litebert.engine.Feeds;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.network.Engines;
import dev.litebert.network.GoldenReplay;
import dev.litebert.network.Runner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The tests that every engine passes; a module's own test class extends it. */
public abstract class EngineContract {
  private static final int THREADS = 4;
  private static final int ROUNDS = 3;
  private static final int SOME_ID = 5;
  private static final Text TEXT = Text.of("a film");

  private final Engine engine;
  private final Artifact early; // with early exits, in the layout split
  private final List<Segment> segments;

  /**
   * @param name the engine's name, by which it is found on the class path.
   */
  protected EngineContract(String name) {
    Engine found = null;
    for (Engine each : ServiceLoader.load(Engine.class)) {
      if (each.name().equals(name)) {
        found = each;
      }
    }
    assertNotNull(found, "no engine " + name + " is in META-INF/services");
    engine = found;
    String folder = takes("int8") ? "bert-exits" : "bert-exits-float32";
    early = Artifact.open(Artifacts.sound(folder), null);
    segments = early.targets().get(engine.target()).segments();
  }

  /** Whether the engine takes graphs of an arithmetic. */
  protected boolean takes(String arithmetic) {
    return true;
  }

  /** The reason by which it refuses a graph that it does not take. */
  protected String refusal() {
    return "";
  }

  /** The name by which its errors call it. */
  protected abstract String title();

  @Test
  void goldenOutputsAreRepeated() {
    List<String> wrong = new ArrayList<String>();
    int replayed = 0;
    for (Map<?, ?> row : Artifacts.rows()) {
      Path folder = Artifacts.folder(row);
      if (!((String) row.get("folder")).startsWith("sound/")) {
        continue;
      }
      Artifact artifact = Artifact.open(folder, null);
      Target target = artifact.targets().get(engine.target());
      if (target == null) {
        continue;
      }
      if (takes(target.arithmetic())) {
        Replay replay = replay(artifact, 1);
        replayed++;
        if (!replay.passed()) {
          wrong.add(folder + ": " + replay);
        }
      } else {
        String message = refusal(artifact);
        assertTrue(message.contains(refusal()), message);
      }
    }
    assertEquals(Collections.emptyList(), wrong);
    assertTrue(replayed > 1, "no artifact was replayed");
  }

  @Test
  void lengthsMayChangeFromTextToText() {
    try (Graphs graphs = open()) {
      float[] expected = logits(graphs, 3);
      for (int tokens : new int[] {1, 48, 2, 3, 48, 7}) {
        assertEquals(expected.length, logits(graphs, tokens).length);
        assertArrayEquals(expected, logits(graphs, 3));
      }
    }
  }

  @Test
  void textMayLeaveEarly() {
    try (Graphs graphs = open()) {
      float[] expected = logits(graphs, 9);
      try (Pass pass = graphs.begin(feeds(SOME_ID, 9))) {
        pass.run(segments.get(0));
        pass.run(segments.get(1));
        assertEquals(9, pass.output("hidden_00").shape()[1]);
        assertNotNull(pass.output("logits_00").floats());
        assertThrows(IllegalStateException.class, () -> pass.output("logits"));
      }
      assertArrayEquals(expected, logits(graphs, 9));
      try (Pass pass = graphs.begin(feeds(SOME_ID, 9))) {
        ArtifactException error =
            assertThrows(ArtifactException.class, () -> pass.run(segments.get(1)));
        assertTrue(error.getMessage().contains("hidden_00"), error.getMessage());
      }
    }
  }

  @Test
  void threadsMayShareGraphs() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (Runner runner = runner(early, 1)) {
      List<Future<Replay>> replays = new ArrayList<Future<Replay>>();
      for (int i = 0; i < THREADS * ROUNDS; i++) {
        Callable<Replay> replay = () -> GoldenReplay.run(runner);
        replays.add(threads.submit(replay));
      }
      for (Future<Replay> each : replays) {
        assertTrue(each.get().passed(), each.get().toString());
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void moreThreadsOfTheEngineGiveTheSame() {
    Replay replay = replay(early, 2);
    assertTrue(replay.passed(), replay.toString());
  }

  @Test
  void closedGraphsRefuseToRun() {
    Graphs graphs = open();
    graphs.open(segments.get(0));
    graphs.close();
    graphs.close();
    assertThrows(IllegalStateException.class, () -> graphs.open(segments.get(0)));
    assertThrows(IllegalStateException.class, () -> logits(graphs, 9));
  }

  @Test
  void closedPassRefusesToRun() {
    try (Graphs graphs = open()) {
      float[] expected = logits(graphs, 9);
      Pass pass = graphs.begin(feeds(SOME_ID, 9));
      pass.run(segments.get(0));
      pass.close();
      pass.close();
      assertThrows(IllegalStateException.class, () -> pass.run(segments.get(0)));
      assertThrows(IllegalStateException.class, () -> pass.output("hidden_00"));
      assertArrayEquals(expected, logits(graphs, 9));
    }
  }

  @Test
  void damagedGraphIsRefused() {
    int refused = 0;
    for (Map<?, ?> row : Artifacts.rows()) {
      String expected = String.valueOf(row.get("message"));
      if ("answer".equals(row.get("at"))
          && expected.startsWith("FOLDER/" + engine.target() + "/")
          && expected.contains(" refuses it (")) {
        Artifact artifact = Artifact.open(Artifacts.folder(row), null);
        String message = refusal(artifact);
        assertTrue(message.startsWith(artifact.path().toString()), message);
        assertTrue(message.contains(": " + title() + " refuses it ("), message);
        if (takes(artifact.targets().get(engine.target()).arithmetic())) {
          assertTrue(message.endsWith("export the model again"), message);
        }
        refused++;
      }
    }
    assertTrue(refused > 1, "no damaged artifact was tried");
  }

  @Test
  void idBeyondTheEmbeddingsIsRefused() {
    try (Graphs graphs = open()) {
      float[] expected = logits(graphs, 9);
      for (int id : new int[] {5000, -5000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        try (Pass pass = graphs.begin(feeds(id, 9))) {
          assertThrows(
              ArtifactException.class, () -> pass.run(segments.get(0)), String.valueOf(id));
        }
        assertArrayEquals(expected, logits(graphs, 9));
      }
    }
  }

  private Graphs open() {
    return engine.open(early, early.targets().get(engine.target()), 1);
  }

  /** The last exit's logits for so many tokens. */
  private float[] logits(Graphs graphs, int tokens) {
    try (Pass pass = graphs.begin(feeds(SOME_ID, tokens))) {
      for (Segment segment : segments) {
        pass.run(segment);
      }
      assertEquals(tokens, pass.output("hidden_00").shape()[1]);
      return pass.output("logits").floats();
    }
  }

  /** The feeds of one id again and again. */
  private static Feeds feeds(int id, int tokens) {
    int[] ids = new int[tokens];
    int[] mask = new int[tokens];
    Arrays.fill(ids, id);
    Arrays.fill(mask, 1);
    return new Feeds(ids, mask, new int[tokens], null);
  }

  private Runner runner(Artifact artifact, int threads) {
    return Runner.open(artifact, Engines.open(engine, artifact, threads), false);
  }

  private Replay replay(Artifact artifact, int threads) {
    try (Runner runner = runner(artifact, threads)) {
      return GoldenReplay.run(runner);
    }
  }

  /** The message by which a text's answer is refused, or already the opening. */
  private String refusal(Artifact artifact) {
    ArtifactException error =
        assertThrows(
            ArtifactException.class,
            () -> {
              try (Runner runner = runner(artifact, 1)) {
                runner.answer(TEXT, null);
              }
            },
            artifact.path().toString());
    return error.getMessage();
  }
}
