package dev.litebert.network;

import dev.litebert.ArtifactException;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Exit;
import dev.litebert.graph.Output;
import dev.litebert.graph.Target;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the outputs of one exit; mirrors {@code _rows} of {@code network.py}. */
final class ExitReader {
  static final String CURE = "; export the model again";

  private final int number;
  private final List<Output> outputs;
  private final Map<String, String> tensors;

  /**
   * A reader.
   *
   * @param number the exit's, from 0.
   * @param tensors the tensor of each output, by its name.
   */
  ExitReader(int number, List<Output> outputs, Map<String, String> tensors) {
    this.number = number;
    this.outputs = outputs;
    this.tensors = tensors;
  }

  /** The number of the exit, from 0. */
  int number() {
    return number;
  }

  /** The tensors that it reads. */
  Collection<String> tensors() {
    return tensors.values();
  }

  /**
   * The exit's outputs.
   *
   * @param pass a text's way, behind the segment that gives them.
   * @param padded the number of tokens that ran, and without padding.
   * @throws ArtifactException a tensor has another shape or type than the manifest states.
   */
  Map<String, Tensor> read(Pass pass, int padded, int tokens) {
    if (outputs.size() == 1) {
      Output output = outputs.get(0);
      return Collections.singletonMap(output.name(), read(pass, output, padded, tokens));
    }
    Map<String, Tensor> found = new HashMap<>();
    for (Output output : outputs) {
      found.put(output.name(), read(pass, output, padded, tokens));
    }
    return found;
  }

  private Tensor read(Pass pass, Output output, int padded, int tokens) {
    String name = tensors.get(output.name());
    Tensor found = pass.output(name);
    int[] shape = found.shape();
    checkRow(name, shape);
    int[] axes = output.axes();
    int[] expected = new int[axes.length + 1];
    expected[0] = 1;
    boolean ofTokens = false;
    for (int axis = 0; axis < axes.length; axis++) {
      ofTokens |= axes[axis] == Output.TOKENS;
      expected[axis + 1] = axes[axis] == Output.TOKENS ? padded : axes[axis];
    }
    if (found.floats() == null || !Arrays.equals(shape, expected)) {
      throw new ArtifactException(
          ("the graph gives "
                  + output.name()
                  + " "
                  + Arrays.toString(shape)
                  + " of "
                  + found.type())
              + (", expected " + Arrays.toString(expected) + " of float32" + CURE));
    }
    return ofTokens && tokens < padded ? cut(found, axes, tokens) : found;
  }

  /**
   * Checks that a tensor is for one text.
   *
   * @throws ArtifactException it is not.
   */
  static void checkRow(String tensor, int[] shape) {
    if (shape.length == 0 || shape[0] != 1) {
      throw new ArtifactException(
          "the graph gives no " + Repr.of(tensor, 40) + " for each of 1 texts" + CURE);
    }
  }

  /** A tensor without the tokens of padding, which are the last ones of their axes. */
  private static Tensor cut(Tensor tensor, int[] axes, int tokens) {
    int[] shape = tensor.shape().clone();
    int size = 1;
    for (int axis = 0; axis < axes.length; axis++) {
      shape[axis + 1] = axes[axis] == Output.TOKENS ? tokens : shape[axis + 1];
      size *= shape[axis + 1];
    }
    float[] kept = new float[size];
    for (int to = 0; to < size; to++) {
      int from = 0;
      int rest = to;
      int stride = 1;
      for (int axis = shape.length - 1; axis > 0; axis--) {
        from += rest % shape[axis] * stride;
        rest /= shape[axis];
        stride *= tensor.shape()[axis];
      }
      kept[to] = tensor.floats()[from];
    }
    return Tensor.ofFloats(shape, kept);
  }

  /** A reader for each exit of a target; a student without exits counts as one. */
  static List<ExitReader> all(Target target, List<Output> outputs) {
    List<ExitReader> readers = new ArrayList<>();
    for (Exit exit : target.exits()) {
      readers.add(new ExitReader(readers.size(), outputs, exit.outputs()));
    }
    return readers.isEmpty() ? Collections.singletonList(only(outputs)) : readers;
  }

  /** The only reader, of tensors that have the names of their outputs. */
  static ExitReader only(List<Output> outputs) {
    Map<String, String> own = new HashMap<>();
    for (Output each : outputs) {
      own.put(each.name(), each.name());
    }
    return new ExitReader(0, outputs, own);
  }
}
