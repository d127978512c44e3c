package dev.litebert.engine.onnxruntime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.litebert.engine.Cpu;

/**
 * The options of every session; mirrors {@code session_options} of {@code backends/onnx.py}.
 *
 * <p>Java's interface has neither {@code enable_mem_reuse} nor an arena that sessions share. With
 * Python's interface the lack of the first takes .96 of the time, that of the second 1.03, of both
 * .99 (3 layers, 9 tokens, a busy machine): nothing beyond the noise. The fused operator, which a
 * config key leaves out here, would take 1.06.
 */
final class SessionOptions {
  private SessionOptions() {}

  /** For so many threads of one operator. */
  static OrtSession.SessionOptions of(int threads) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    options.addConfigEntry("session.intra_op.allow_spinning", "0"); // it would drain the battery
    options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // errors are thrown
    options.setMemoryPatternOptimization(false); // lengths vary: a plan per shape would only grow
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
    // The fused operator is slower.
    options.addConfigEntry("optimization.disable_specified_optimizers", "SkipLayerNormFusion");
    if (Cpu.int8SumsSaturate()) {
      options.addConfigEntry("session.x64quantprecision", "1");
    }
    return options;
  }
}
