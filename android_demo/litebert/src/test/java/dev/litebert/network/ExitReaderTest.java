package dev.litebert.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.litebert.ArtifactException;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Output;
import dev.litebert.graph.Segment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Outputs with a row for each token, which no task has yet. */
class ExitReaderTest {
  private static final Output SCORES = new Output("scores", Output.TOKENS, 2);

  @Test
  void rowsOfPaddingAreCutOff() {
    Tensor padded = Tensor.ofFloats(new int[] {1, 3, 2}, new float[] {1, 2, 3, 4, 0, 0});
    Tensor found = read(SCORES, padded, 3, 2);
    assertArrayEquals(new int[] {1, 2, 2}, found.shape());
    assertArrayEquals(new float[] {1, 2, 3, 4}, found.floats());
  }

  @Test
  void bothAxesOfTokensAreCut() {
    float[] numbers = {1, 2, 0, 3, 4, 0, 0, 0, 0};
    Tensor padded = Tensor.ofFloats(new int[] {1, 3, 3}, numbers);
    Tensor found = read(new Output("pairs", Output.TOKENS, Output.TOKENS), padded, 3, 2);
    assertArrayEquals(new int[] {1, 2, 2}, found.shape());
    assertArrayEquals(new float[] {1, 2, 3, 4}, found.floats());
  }

  @Test
  void shapeIsThatOfTheTokensThatRan() {
    Tensor tensor = Tensor.ofFloats(new int[] {1, 2, 2}, new float[4]);
    assertEquals(tensor, read(SCORES, tensor, 2, 2));
    ArtifactException error =
        assertThrows(ArtifactException.class, () -> read(SCORES, tensor, 3, 2));
    assertEquals(
        "the graph gives scores [1, 2, 2] of float32, expected [1, 3, 2] of float32; export the"
            + " model again",
        error.getMessage());
  }

  @Test
  void severalOutputsAreReadByTheirTensors() {
    Output logits = new Output("logits", 1);
    Tensor tensor = Tensor.ofFloats(new int[] {1, 1}, new float[] {5});
    Tensor scores = Tensor.ofFloats(new int[] {1, 1, 2}, new float[2]);
    ExitReader reader =
        new ExitReader(0, List.of(logits, SCORES), Map.of("logits", "a", "scores", "b"));
    Map<String, Tensor> found = reader.read(new Given(Map.of("a", tensor, "b", scores)), 1, 1);
    assertEquals(Map.of("logits", tensor, "scores", scores), found);
  }

  private static Tensor read(Output output, Tensor tensor, int padded, int tokens) {
    ExitReader reader = new ExitReader(0, List.of(output), Map.of(output.name(), "t"));
    return reader.read(new Given(Map.of("t", tensor)), padded, tokens).get(output.name());
  }

  /** A pass that has these tensors. */
  private record Given(Map<String, Tensor> tensors) implements Pass {
    @Override
    public void run(Segment segment) {}

    @Override
    public Tensor output(String name) {
      return tensors.get(name);
    }

    @Override
    public void close() {}
  }
}
