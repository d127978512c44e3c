package dev.litebert.engine;

import dev.litebert.graph.Target;

/**
 * An engine that runs graphs; mirrors {@code Engine} of {@code backends/__init__.py}.
 *
 * <p>An engine is one class and one line: its name in {@code
 * META-INF/services/dev.litebert.engine.Engine}.
 */
public interface Engine {
  /** The name that a user gives: {@code tflite}. */
  String name();

  /** The target whose graphs it runs: {@code tflite} or {@code onnx}. */
  String target();

  /**
   * Makes ready to open a target's graphs; opens none yet.
   *
   * @throws dev.litebert.MissingEngineException its classes or its native library cannot be loaded.
   */
  Graphs open(GraphFiles files, Target target, int threads);
}
