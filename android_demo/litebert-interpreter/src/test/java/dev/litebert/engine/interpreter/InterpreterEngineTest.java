package dev.litebert.engine.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.MissingEngineException;
import dev.litebert.engine.Tensor;
import org.junit.jupiter.api.Test;

class InterpreterEngineTest {
  @Test
  void missingLibraryIsNamed() {
    InterpreterEngine engine = new InterpreterEngine();
    MissingEngineException error =
        assertThrows(MissingEngineException.class, () -> engine.open(null, null, 1));
    assertTrue(error.getMessage().contains("com.google.ai.edge.litert:litert"), error.getMessage());
  }

  @Test
  void nestedArraysBecomeTensors() {
    float[][][] array = (float[][][]) Nested.floats(new int[] {1, 2, 3});
    array[0][1][2] = 5;
    Tensor tensor = Nested.tensor(array);
    assertArrayEquals(new int[] {1, 2, 3}, tensor.shape());
    assertArrayEquals(new float[] {0, 0, 0, 0, 0, 5}, tensor.floats());
    assertEquals(4, Nested.tensor(Nested.floats(new int[] {1, 1, 1, 7})).shape().length);
  }
}
