package dev.litebert.engine.tflite;

import dev.litebert.engine.contract.EngineContract;

class TfLiteEngineTest extends EngineContract {
  TfLiteEngineTest() {
    super("tflite");
  }

  @Override
  protected String title() {
    return "TensorFlow Lite";
  }
}
