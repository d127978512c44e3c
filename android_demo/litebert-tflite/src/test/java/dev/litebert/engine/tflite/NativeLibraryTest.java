package dev.litebert.engine.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
  @Test
  void javaHeapDoesNotLimitTheMemoryOfTheProcess() {
    NativeLibrary.load();
    assertEquals(0, Pointer.maxPhysicalBytes());
  }
}
