package dev.litebert.engine.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.litebert.engine.Feeds;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.Map;

/** The tensors in which a text is fed, used again by later texts; of one pass at a time. */
final class FedTensors implements AutoCloseable {
  private static final String THRESHOLDS = "thresholds";

  private final OrtEnvironment environment;
  private final Map<String, Ints> ints = new HashMap<String, Ints>();

  FedTensors(OrtEnvironment environment) {
    this.environment = environment;
  }

  /** The ids of a name as a tensor, which stays open; null where there are none. */
  OnnxTensor ints(String name, Feeds feeds) throws OrtException {
    int[] values = feeds.ints(name);
    if (values == null) {
      return null;
    }
    Ints kept = ints.get(name);
    if (kept == null) {
      kept = new Ints();
      ints.put(name, kept);
    }
    return kept.filled(environment, values);
  }

  /** The thresholds as a tensor, to be closed by the caller; null where the name is another. */
  OnnxTensor thresholds(String name, Feeds feeds) throws OrtException {
    float[] values = feeds.thresholds();
    if (values == null || !name.equals(THRESHOLDS)) {
      return null;
    }
    return OnnxTensor.createTensor(
        environment, FloatBuffer.wrap(values), new long[] {values.length});
  }

  @Override
  public void close() {
    for (Ints each : ints.values()) {
      each.close();
    }
  }

  /** A tensor [1, tokens] on memory outside Java's heap, made anew where the length changes. */
  private static final class Ints {
    private IntBuffer memory = IntBuffer.allocate(0);
    private OnnxTensor tensor;
    private int tokens;

    OnnxTensor filled(OrtEnvironment environment, int[] values) throws OrtException {
      if (tensor == null || tokens != values.length) {
        close();
        if (memory.capacity() < values.length) {
          ByteBuffer bytes = ByteBuffer.allocateDirect(values.length * Integer.BYTES);
          memory = bytes.order(ByteOrder.nativeOrder()).asIntBuffer();
        }
        rewind(values.length);
        tensor = OnnxTensor.createTensor(environment, memory, new long[] {1, values.length});
        tokens = values.length;
      }
      rewind(values.length);
      memory.put(values);
      return tensor;
    }

    /** As a Buffer: Java 8 and Android lack the methods that return an IntBuffer. */
    private void rewind(int limit) {
      ((Buffer) memory).clear();
      ((Buffer) memory).limit(limit);
    }

    void close() {
      if (tensor != null) {
        tensor.close();
        tensor = null;
      }
    }
  }
}
