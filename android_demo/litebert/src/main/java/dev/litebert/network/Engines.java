package dev.litebert.network;

import dev.litebert.InputException;
import dev.litebert.MissingEngineException;
import dev.litebert.artifact.Artifact;
import dev.litebert.engine.Engine;
import dev.litebert.engine.Graphs;
import dev.litebert.graph.Target;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The choice of an engine: by its name, or the first that works; mirrors {@code
 * backends/selection.py}.
 */
public final class Engines {
  /** The name that leaves the choice to {@link #choose}. */
  public static final String AUTO = "auto";

  private static final int MOST = 100; // engines on a class path

  /** Our own engines in the order in which "auto" tries them: name, target, Maven coordinates. */
  private static final String[][] OWN = {
    {"tflite", "tflite", "dev.litebert:litebert-tflite"},
    {"onnxruntime", "onnx", "dev.litebert:litebert-onnxruntime"},
    {"interpreter", "tflite", "dev.litebert:litebert-interpreter"},
  };

  private final List<Engine> found;
  private final Error broken; // of an engine that is no part of them; null where there is none

  private Engines(List<Engine> found, Error broken) {
    this.found = found;
    this.broken = broken;
  }

  /** The engines on the class path, in the order in which "auto" tries them. */
  public static Engines onClassPath() {
    List<Engine> engines = new ArrayList<>();
    Error broken = null;
    // Shrinkers know this very call, and replace it.
    Iterator<Engine> loader =
        ServiceLoader.load(Engine.class, Engine.class.getClassLoader()).iterator();
    for (int i = 0; i < MOST; i++) {
      try {
        if (!loader.hasNext()) {
          break;
        }
        engines.add(loader.next());
      } catch (ServiceConfigurationError | LinkageError error) {
        broken = error;
      }
    }
    return of(engines, broken);
  }

  /** These engines, in the order in which "auto" tries them: our own first. */
  static Engines of(List<Engine> engines, Error broken) {
    List<Engine> sorted = new ArrayList<>();
    for (String[] own : OWN) {
      for (Engine each : engines) {
        if (each.name().equals(own[0])) {
          sorted.add(each);
        }
      }
    }
    for (Engine each : engines) {
      if (!sorted.contains(each)) {
        sorted.add(each);
      }
    }
    return new Engines(sorted, broken);
  }

  /** Their names, in that order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (Engine engine : found) {
      names.add(engine.name());
    }
    return names;
  }

  /** An engine that is ready to open the graphs of a target. */
  public static final class Chosen {
    private final Engine engine;
    private final Target target;
    private final Graphs graphs;

    private Chosen(Engine engine, Target target, Graphs graphs) {
      this.engine = engine;
      this.target = target;
      this.graphs = graphs;
    }

    Engine engine() {
      return engine;
    }

    Target target() {
      return target;
    }

    Graphs graphs() {
      return graphs;
    }
  }

  /**
   * An engine for an artifact, ready to open its graphs.
   *
   * @param backend an engine's name, or "auto": the first that works; one whose native library is
   *     missing is passed over.
   * @param calibrated whether "auto" prefers targets that were calibrated.
   * @param threads for one answer.
   * @throws InputException the name is unknown, or the artifact has no graph that this engine runs.
   * @throws MissingEngineException no engine for any of its targets is on the class path, or none
   *     works.
   */
  public Chosen choose(String backend, Artifact artifact, boolean calibrated, int threads) {
    if (!AUTO.equals(backend)) {
      return open(named(backend, artifact.targets()), artifact, threads);
    }
    if (calibrated) {
      try {
        return first(artifact, calibrated(artifact.targets()), threads);
      } catch (MissingEngineException error) {
        return first(artifact, artifact.targets(), threads);
      }
    }
    return first(artifact, artifact.targets(), threads);
  }

  /**
   * An engine that the caller has, ready to open an artifact's graphs.
   *
   * @throws InputException the artifact has no graph that this engine runs.
   * @throws MissingEngineException its classes or its native library cannot be loaded.
   */
  public static Chosen open(Engine engine, Artifact artifact, int threads) {
    checkTarget(engine.name(), engine.target(), artifact.targets());
    Target target = artifact.targets().get(engine.target());
    return new Chosen(engine, target, engine.open(artifact, target, threads));
  }

  private Chosen first(Artifact artifact, Map<String, Target> targets, int threads) {
    MissingEngineException problem = null;
    for (Engine engine : found) {
      if (targets.containsKey(engine.target())) {
        try {
          return open(engine, artifact, threads);
        } catch (MissingEngineException error) {
          problem = problem == null ? error : problem; // of the engine that it would prefer
        }
      }
    }
    if (problem != null) {
      throw problem;
    }
    if (broken != null) {
      throw new MissingEngineException(
          "an engine on the class path cannot be loaded (" + broken + "); add what it needs",
          broken);
    }
    List<String> cures = new ArrayList<>();
    List<String> covered = new ArrayList<>();
    for (String[] own : OWN) {
      if (targets.containsKey(own[1]) && !covered.contains(own[1])) {
        covered.add(own[1]);
        cures.add(own[2]);
      }
    }
    throw new MissingEngineException(
        "no engine for this artifact is on the class path; add " + String.join(" or ", cures));
  }

  private static Map<String, Target> calibrated(Map<String, Target> targets) {
    Map<String, Target> calibrated = new LinkedHashMap<>();
    for (Map.Entry<String, Target> each : targets.entrySet()) {
      if (each.getValue().calibration() != null) {
        calibrated.put(each.getKey(), each.getValue());
      }
    }
    return calibrated;
  }

  private Engine named(String backend, Map<String, Target> targets) {
    List<String> names = new ArrayList<>(Arrays.asList(AUTO));
    for (String[] own : OWN) {
      names.add(own[0]);
    }
    for (Engine engine : found) {
      if (engine.name().equals(backend)) {
        return engine;
      }
      if (!names.contains(engine.name())) {
        names.add(engine.name());
      }
    }
    for (String[] own : OWN) {
      if (own[0].equals(backend)) {
        checkTarget(own[0], own[1], targets);
        throw new MissingEngineException(
            backend + " is not on the class path; add " + own[2] + " to the build");
      }
    }
    throw new InputException(
        "backend " + Repr.of(backend) + " is unknown; expected " + String.join(", ", names));
  }

  private static void checkTarget(String engine, String target, Map<String, Target> targets) {
    if (!targets.containsKey(target)) {
      throw new InputException(
          ("backend " + engine + " needs a " + target + " graph, the artifact has ")
              + (String.join(", ", targets.keySet()) + "; export it with --target " + target));
    }
  }
}
