package dev.litebert.engine.interpreter;

import dev.litebert.MissingEngineException;
import dev.litebert.engine.Engine;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Refusal;
import dev.litebert.graph.Target;
import org.tensorflow.lite.TensorFlowLite;

/**
 * The official {@code org.tensorflow.lite.Interpreter}, which most apps have already; mirrors
 * {@code backends/interpreter.py}.
 *
 * <p>It needs {@code org.tensorflow:tensorflow-lite}, or LiteRT 1.x, which has the same class.
 * Graphs whose linears are int8 need LiteRT 1.0.1 or later.
 */
public final class InterpreterEngine implements Engine {
  /** For {@link java.util.ServiceLoader}. */
  public InterpreterEngine() {}

  @Override
  public String name() {
    return "interpreter";
  }

  @Override
  public String target() {
    return "tflite";
  }

  @Override
  public Graphs open(GraphFiles files, Target target, int threads) {
    try {
      TensorFlowLite.init(); // loads the native library
      return new InterpreterGraphs(files, threads);
    } catch (LinkageError error) { // no such class, no such library, or one that does not fit
      throw new MissingEngineException(
          "interpreter cannot be loaded ("
              + Refusal.firstLine(String.valueOf(error.getMessage()))
              + "); its library has builds for Android only: in an app add"
              + " com.google.ai.edge.litert:litert 1.0.1 or later, or for float32 graphs"
              + " org.tensorflow:tensorflow-lite; elsewhere use the backend tflite, which runs the"
              + " same graphs",
          error);
    }
  }
}
