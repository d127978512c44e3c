package dev.litebert.engine.onnxruntime;

import dev.litebert.MissingEngineException;
import dev.litebert.engine.Engine;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Refusal;
import dev.litebert.graph.Target;

/**
 * ONNX Runtime by its own Java interface; mirrors {@code backends/onnx.py}.
 *
 * <p>It needs {@code com.microsoft.onnxruntime:onnxruntime}, or {@code onnxruntime-android}, which
 * has the same classes.
 */
public final class OnnxRuntimeEngine implements Engine {
  /** For {@link java.util.ServiceLoader}. */
  public OnnxRuntimeEngine() {}

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public String target() {
    return "onnx";
  }

  @Override
  public Graphs open(GraphFiles files, Target target, int threads) {
    try {
      return OnnxGraphs.open(files, threads);
    } catch (LinkageError error) { // no such class, no such library, or one that does not fit
      throw new MissingEngineException(
          "onnxruntime cannot be loaded ("
              + Refusal.firstLine(String.valueOf(error.getMessage()))
              + "); add com.microsoft.onnxruntime:onnxruntime, on Android"
              + " com.microsoft.onnxruntime:onnxruntime-android",
          error);
    }
  }
}
