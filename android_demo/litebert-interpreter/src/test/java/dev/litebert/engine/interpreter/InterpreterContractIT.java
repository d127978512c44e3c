package dev.litebert.engine.interpreter;

import dev.litebert.engine.contract.EngineContract;

/**
 * Needs Android's library, which ../bionic/replay.py makes loadable here; {@code make
 * test-android-native} runs it.
 */
class InterpreterContractIT extends EngineContract {
  InterpreterContractIT() {
    super("interpreter");
  }

  @Override
  protected String title() {
    return "Interpreter";
  }

  @Override
  protected boolean takes(String arithmetic) {
    return arithmetic.equals("float32");
  }

  @Override
  protected String refusal() {
    return "FULLY_CONNECTED' version '12'";
  }
}
