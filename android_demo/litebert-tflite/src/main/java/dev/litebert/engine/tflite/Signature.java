package dev.litebert.engine.tflite;

import dev.litebert.engine.Feeds;
import dev.litebert.graph.Segment;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.tensorflowlite.SignatureRunner;
import org.bytedeco.tensorflowlite.TfLiteTensor;

/** A signature of a file, with its tensors; used by one thread at a time. */
final class Signature {
  private final SignatureFile file; // also keeps the interpreter from the garbage collector
  private final SignatureRunner runner; // belongs to the interpreter
  private final NativeTensor[] inputs;
  private final NativeTensor[] outputs;
  private final int[][] shapes; // that the inputs were allocated for
  private boolean allocated;
  private boolean settled; // it has run since

  Signature(SignatureFile file, SignatureRunner runner, Segment segment) {
    this.file = file;
    this.runner = runner;
    if (runner.input_size() != segment.inputs().size()) {
      throw file.refusal(
          "Invalid number of inputs provided for running a SignatureDef, expected "
              + runner.input_size()
              + " vs provided "
              + segment.inputs().size());
    }
    inputs = new NativeTensor[segment.inputs().size()];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = new NativeTensor(segment.inputs().get(i));
      inputs[i].refresh(input(inputs[i].name()));
    }
    outputs = new NativeTensor[segment.outputs().size()];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = new NativeTensor(segment.outputs().get(i));
      output(outputs[i].name()); // it exists
    }
    shapes = new int[inputs.length][];
  }

  /** Runs it and puts its outputs among the tensors by name. */
  void run(Feeds feeds, Map<String, NativeTensor> tensors) {
    resize(feeds, tensors);
    for (NativeTensor input : inputs) {
      int[] ints = feeds.ints(input.name());
      NativeTensor source = ints == null ? tensors.get(input.name()) : null;
      String problem = ints == null ? input.write(source) : input.write(ints);
      if (problem != null) {
        throw file.refusal(problem);
      }
    }
    if (runner.Invoke() != 0) {
      allocated = false;
      throw file.refusal("it cannot run " + runner.signature_key());
    }
    settle();
    for (NativeTensor output : outputs) {
      tensors.put(output.name(), output);
    }
  }

  /** Allocates tensors anew where the shape of an input changed. */
  private void resize(Feeds feeds, Map<String, NativeTensor> tensors) {
    for (int i = 0; i < inputs.length; i++) {
      String name = inputs[i].name();
      NativeTensor source = tensors.get(name);
      boolean fed = feeds.ints(name) != null;
      if (!fed && source == null) {
        throw file.refusal("no earlier graph gives " + name);
      }
      if (allocated && (fed ? holds(shapes[i], feeds.tokens()) : same(shapes[i], source))) {
        continue;
      }
      allocated = false;
      shapes[i] = fed ? new int[] {1, feeds.tokens()} : source.shape().clone();
      if (runner.ResizeInputTensor(name, shapes[i]) != 0) {
        throw file.refusal("input " + name + " cannot have the shape " + shown(shapes[i]));
      }
    }
    if (allocated) {
      return;
    }
    if (runner.AllocateTensors() != 0) {
      throw file.refusal(
          "it cannot take the shape " + shown(shapes.length == 0 ? null : shapes[0]));
    }
    refresh();
    allocated = true;
    settled = false;
  }

  /** Reads what only a run decides: the addresses and shapes of tensors allocated while it runs. */
  private void settle() {
    boolean changing = !settled;
    for (NativeTensor output : outputs) {
      changing |= output.dynamic();
    }
    if (changing) {
      refresh();
      settled = true;
    }
  }

  private void refresh() {
    for (NativeTensor input : inputs) {
      input.refresh(input(input.name()));
    }
    for (NativeTensor output : outputs) {
      output.refresh(output(output.name()));
    }
  }

  private TfLiteTensor input(String name) {
    return found(runner.input_tensor(name), "input", name);
  }

  private TfLiteTensor output(String name) {
    return found(runner.output_tensor(name), "output", name);
  }

  private TfLiteTensor found(TfLiteTensor tensor, String role, String name) {
    if (tensor == null || tensor.isNull()) {
      throw file.refusal(role + " name " + name + " was not found");
    }
    return tensor;
  }

  private static boolean holds(int[] shape, int tokens) {
    return shape.length == 2 && shape[1] == tokens;
  }

  private static boolean same(int[] shape, NativeTensor source) {
    return Arrays.equals(shape, source.shape());
  }

  private static String shown(int[] shape) {
    return Arrays.toString(shape);
  }
}
