package dev.litebert.network;

import dev.litebert.engine.Tensor;
import java.util.Map;

/**
 * A text's outputs at the exit that answered; mirrors {@code ExitOutputs} of {@code network.py}.
 */
public final class ExitOutputs {
  private final int exit;
  private final Map<String, Tensor> outputs;

  ExitOutputs(int exit, Map<String, Tensor> outputs) {
    this.exit = exit;
    this.outputs = outputs;
  }

  /** The number of the exit, from 0. */
  public int exit() {
    return exit;
  }

  /** Its tensors, by output; without padding. */
  public Map<String, Tensor> outputs() {
    return outputs;
  }
}
