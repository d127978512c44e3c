package dev.litebert.engine.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.ArtifactException;
import dev.litebert.engine.Engine;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.graph.Segment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The tests that every engine passes; a module's own test class extends it. */
public abstract class EngineContract {
  private static final int THREADS = 4;
  private static final int ROUNDS = 20;

  private final Engine engine;

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
  }

  /** Whether the engine takes the graphs of an artifact; of another one it says why not. */
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
    for (Artifact each : Artifact.sound(engine.target())) {
      try (Graphs graphs = engine.open(each, each.target, 1)) {
        if (takes(each.target.arithmetic())) {
          double worst = Replay.worst(each, graphs);
          replayed++;
          if (!(worst <= 1)) {
            wrong.add(each + " " + worst);
          }
        } else {
          String message = refused(graphs, each.target.segments().get(0));
          assertTrue(message.contains(refusal()), message);
        }
      }
    }
    assertEquals(Collections.emptyList(), wrong);
    assertTrue(replayed > 1, "no artifact was replayed");
  }

  @Test
  void lengthsMayChangeFromTextToText() {
    Artifact artifact = early();
    try (Graphs graphs = engine.open(artifact, artifact.target, 1)) {
      for (int tokens : new int[] {1, 48, 2, 3, 48, 7}) {
        assertTrue(Replay.worst(artifact, artifact.cases.get(0), graphs) <= 1);
        try (Pass pass = graphs.begin(Replay.feeds(tokens))) {
          for (Segment segment : artifact.target.segments()) {
            pass.run(segment);
          }
          assertEquals(tokens, pass.output("hidden_00").shape()[1]);
          assertEquals(2, pass.output("logits").shape().length);
        }
      }
    }
  }

  @Test
  void textMayLeaveEarly() {
    Artifact artifact = early();
    Segment first = artifact.target.segments().get(0);
    Segment second = artifact.target.segments().get(1);
    try (Graphs graphs = engine.open(artifact, artifact.target, 1)) {
      try (Pass pass = graphs.begin(Replay.feeds(9))) {
        pass.run(first);
        pass.run(second);
        assertNotNull(pass.output("logits_00").floats());
        assertThrows(IllegalStateException.class, () -> pass.output("logits"));
      }
      assertTrue(Replay.worst(artifact, graphs) <= 1);
      try (Pass pass = graphs.begin(Replay.feeds(9))) {
        ArtifactException error = assertThrows(ArtifactException.class, () -> pass.run(second));
        assertTrue(error.getMessage().contains("hidden_00"), error.getMessage());
      }
    }
  }

  @Test
  void threadsMayShareGraphs() throws Exception {
    Artifact artifact = early();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (Graphs graphs = engine.open(artifact, artifact.target, 1)) {
      List<Future<Double>> worst = new ArrayList<Future<Double>>();
      for (int i = 0; i < THREADS * ROUNDS; i++) {
        Case golden = artifact.cases.get(i % artifact.cases.size());
        Callable<Double> replay = () -> Replay.worst(artifact, golden, graphs);
        worst.add(threads.submit(replay));
      }
      for (Future<Double> each : worst) {
        assertTrue(each.get() <= 1);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void moreThreadsOfTheEngineGiveTheSame() {
    Artifact artifact = early();
    try (Graphs graphs = engine.open(artifact, artifact.target, 2)) {
      assertTrue(Replay.worst(artifact, graphs) <= 1);
    }
  }

  @Test
  void closedGraphsRefuseToRun() {
    Artifact artifact = early();
    Graphs graphs = engine.open(artifact, artifact.target, 1);
    Segment first = artifact.target.segments().get(0);
    graphs.open(first);
    graphs.close();
    graphs.close();
    assertThrows(IllegalStateException.class, () -> graphs.open(first));
    assertThrows(
        IllegalStateException.class,
        () -> {
          try (Pass pass = graphs.begin(Replay.feeds(9))) {
            pass.run(first);
          }
        });
  }

  @Test
  void closedPassRefusesToRun() {
    Artifact artifact = early();
    Segment first = artifact.target.segments().get(0);
    try (Graphs graphs = engine.open(artifact, artifact.target, 1)) {
      Pass pass = graphs.begin(Replay.feeds(9));
      pass.run(first);
      pass.close();
      pass.close();
      assertThrows(IllegalStateException.class, () -> pass.run(first));
      assertThrows(IllegalStateException.class, () -> pass.output("hidden_00"));
      assertTrue(Replay.worst(artifact, graphs) <= 1);
    }
  }

  @Test
  void damagedGraphIsRefused() {
    int refused = 0;
    for (Artifact each : Artifact.refused(engine.target())) {
      try (Graphs graphs = engine.open(each, each.target, 1)) {
        String message = refused(graphs, each.target.segments().toArray(new Segment[0]));
        assertTrue(message.startsWith(each.folder.toString()), message);
        assertTrue(message.contains(": " + title() + " refuses it ("), message);
        if (takes(each.target.arithmetic())) {
          assertTrue(message.endsWith("export the model again"), message);
        }
        refused++;
      }
    }
    assertTrue(refused > 1, "no damaged artifact was tried");
  }

  @Test
  void idBeyondTheEmbeddingsIsRefused() {
    Artifact artifact = early();
    try (Graphs graphs = engine.open(artifact, artifact.target, 1)) {
      for (int id : new int[] {5000, -5000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        try (Pass pass = graphs.begin(Replay.feedsOf(id, 9))) {
          Segment first = artifact.target.segments().get(0);
          assertThrows(ArtifactException.class, () -> pass.run(first), String.valueOf(id));
        }
        assertTrue(Replay.worst(artifact, graphs) <= 1);
      }
    }
  }

  /** An artifact with early exits that the engine takes. */
  private Artifact early() {
    return Artifact.of(
        takes("int8") ? "sound/bert-exits" : "sound/bert-exits-float32", engine.target());
  }

  /** The message by which the segments in turn are refused. */
  private static String refused(Graphs graphs, Segment... segments) {
    ArtifactException error =
        assertThrows(
            ArtifactException.class,
            () -> {
              try (Pass pass = graphs.begin(Replay.feedsOf(5, 9))) {
                for (Segment segment : segments) {
                  pass.run(segment);
                }
              }
            });
    return error.getMessage();
  }
}
