package dev.litebert.engine.interpreter;

import dev.litebert.ArtifactException;
import dev.litebert.engine.Feeds;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Refusal;
import dev.litebert.graph.Segment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.DataType;
import org.tensorflow.lite.Interpreter;
import org.tensorflow.lite.Tensor;

/** A memory-mapped file and its interpreter; used by one thread at a time. */
final class SignatureFile implements AutoCloseable {
  private static final String TOO_NEW = "Didn't find op for builtin opcode";
  private static final String UPGRADE =
      "it is newer than this library: use com.google.ai.edge.litert:litert 1.0.1 or later, or"
          + " export it with --quantize none";

  private final Path path;
  private final Interpreter interpreter;

  private SignatureFile(Path path, Interpreter interpreter) {
    this.path = path;
    this.interpreter = interpreter;
  }

  /** The opened file, which is the one that was checked. */
  @SuppressWarnings("try") // of `opening` only its end is needed
  static SignatureFile open(GraphFiles files, String file, int threads) {
    SignatureFile opened = null;
    try (GraphFiles.Opening opening = files.opening(file)) {
      opened = open(files.path(file), threads);
      return opened;
    } catch (RuntimeException error) { // also of the opening's end
      if (opened != null) {
        opened.close();
      }
      throw error;
    }
  }

  private static SignatureFile open(Path path, int threads) {
    Interpreter.Options options = new Interpreter.Options();
    options.setNumThreads(threads);
    try {
      return new SignatureFile(path, new Interpreter(path.toFile(), options));
    } catch (IllegalArgumentException | IllegalStateException error) {
      throw refusal(path, error);
    }
  }

  /** Refuses a segment whose signature or inputs it lacks. */
  void check(Segment segment) {
    if (!Arrays.asList(interpreter.getSignatureKeys()).contains(segment.entry())) {
      throw refusal("Invalid signature_key provided: \"" + segment.entry() + "\".");
    }
    int inputs = interpreter.getSignatureInputs(segment.entry()).length;
    if (inputs != segment.inputs().size()) {
      throw refusal(
          "Invalid number of inputs provided for running a SignatureDef, expected "
              + inputs
              + " vs provided "
              + segment.inputs().size());
    }
    List<String> outputs = Arrays.asList(interpreter.getSignatureOutputs(segment.entry()));
    for (String name : segment.outputs()) {
      if (!outputs.contains(name)) {
        throw refusal("output name " + name + " was not found");
      }
    }
  }

  /** Runs a segment and puts its outputs among the arrays by name. */
  void run(Segment segment, Feeds feeds, Map<String, Object> arrays) {
    check(segment);
    Map<String, Object> inputs = new HashMap<String, Object>();
    for (String name : segment.inputs()) {
      int[] ints = feeds.ints(name);
      Object array = ints == null ? arrays.get(name) : new int[][] {ints};
      if (array == null) {
        throw refusal("no earlier graph gives " + name);
      }
      inputs.put(name, array);
    }
    Map<String, Object> outputs = new HashMap<String, Object>();
    for (String name : segment.outputs()) {
      outputs.put(name, room(segment.entry(), name, feeds.tokens()));
    }
    try {
      interpreter.runSignature(inputs, outputs, segment.entry());
    } catch (IllegalArgumentException | IllegalStateException error) {
      throw refusal(path, error);
    }
    arrays.putAll(outputs);
  }

  @Override
  public void close() {
    interpreter.close();
  }

  /** An array for an output; the only axis whose size is not fixed is the tokens'. */
  private Object room(String entry, String name, int tokens) {
    Tensor tensor = interpreter.getOutputTensorFromSignature(name, entry);
    int[] shape = tensor.shapeSignature();
    shape = shape.length == 0 ? tensor.shape() : shape.clone();
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] < 0) {
        shape[axis] = tokens;
      }
    }
    Object room = tensor.dataType() == DataType.FLOAT32 ? Nested.floats(shape) : null;
    if (room == null) {
      throw refusal("output " + name + " is " + tensor.dataType() + Arrays.toString(shape));
    }
    return room;
  }

  private ArtifactException refusal(String reason) {
    return Refusal.of(path, "Interpreter", reason, null);
  }

  private static ArtifactException refusal(Path path, RuntimeException error) {
    String reason = String.valueOf(error.getMessage());
    return reason.contains(TOO_NEW)
        ? Refusal.of(path, "Interpreter", reason, UPGRADE, error)
        : Refusal.of(path, "Interpreter", reason, error);
  }
}
