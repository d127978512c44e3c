package dev.litebert.engine.onnxruntime;

import dev.litebert.engine.contract.EngineContract;

class OnnxRuntimeEngineTest extends EngineContract {
  OnnxRuntimeEngineTest() {
    super("onnxruntime");
  }

  @Override
  protected String title() {
    return "ONNX Runtime";
  }
}
