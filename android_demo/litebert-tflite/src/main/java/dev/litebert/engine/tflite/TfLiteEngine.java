package dev.litebert.engine.tflite;

import dev.litebert.MissingEngineException;
import dev.litebert.engine.Engine;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Refusal;
import dev.litebert.graph.Target;

/**
 * TensorFlow Lite by the JavaCPP presets, the same code on Android and in a JVM; mirrors {@code
 * backends/litert.py}.
 *
 * <p>It needs the jars {@code org.bytedeco:tensorflow-lite} and {@code org.bytedeco:javacpp}, and
 * of both the one with the native library for the platform, such as {@code android-arm64}.
 */
public final class TfLiteEngine implements Engine {
  /** For {@link java.util.ServiceLoader}. */
  public TfLiteEngine() {}

  @Override
  public String name() {
    return "tflite";
  }

  @Override
  public String target() {
    return "tflite";
  }

  @Override
  public Graphs open(GraphFiles files, Target target, int threads) {
    try {
      NativeLibrary.load();
      return new TfLiteGraphs(files, threads);
    } catch (LinkageError error) { // no such class, no such library, or one that does not fit
      throw new MissingEngineException(
          "tflite cannot be loaded ("
              + Refusal.firstLine(String.valueOf(error.getMessage()))
              + "); add org.bytedeco:tensorflow-lite and org.bytedeco:javacpp, both with and"
              + " without the classifier of this platform: "
              + NativeLibrary.platform(),
          error);
    }
  }
}
