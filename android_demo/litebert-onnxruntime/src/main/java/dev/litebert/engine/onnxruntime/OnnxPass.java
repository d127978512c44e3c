package dev.litebert.engine.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.litebert.engine.Feeds;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Segment;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One text's way; what a session gives is handed to the next one without a copy. */
final class OnnxPass implements Pass {
  private static final String TYPE = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";

  private final OnnxGraphs graphs;
  private final FedTensors fed;
  private final Feeds feeds;
  private final Map<String, OnnxTensor> tensors = new HashMap<String, OnnxTensor>();
  private final List<AutoCloseable> held = new ArrayList<AutoCloseable>();
  private boolean ended;

  OnnxPass(OnnxGraphs graphs, FedTensors fed, Feeds feeds) {
    this.graphs = graphs;
    this.fed = fed;
    this.feeds = feeds;
  }

  @Override
  public void run(Segment segment) {
    check();
    OnnxSession session = graphs.session(segment);
    Map<String, OnnxTensor> inputs = new HashMap<String, OnnxTensor>();
    for (String name : segment.inputs()) {
      OnnxTensor tensor = tensors.get(name);
      if (tensor == null) {
        tensor = feed(name);
      }
      if (tensor == null) {
        throw session.refusal("no earlier graph gives " + name);
      }
      inputs.put(name, tensor);
    }
    OrtSession.Result result = session.run(inputs);
    held.add(result);
    for (Map.Entry<String, OnnxValue> each : result) {
      tensors.put(each.getKey(), (OnnxTensor) each.getValue());
    }
  }

  @Override
  public Tensor output(String name) {
    check();
    OnnxTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException("no segment that ran gives " + name);
    }
    TensorInfo info = tensor.getInfo();
    int[] shape = ints(info.getShape());
    switch (info.onnxType) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
        FloatBuffer floats = tensor.getFloatBuffer();
        return Tensor.ofFloats(shape, floats.array());
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
        LongBuffer longs = tensor.getLongBuffer();
        return Tensor.ofLongs(shape, longs.array());
      default:
        return Tensor.ofOther(numpyName(info), shape);
    }
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    tensors.clear();
    try {
      for (AutoCloseable each : held) {
        each.close();
      }
    } catch (Exception error) {
      throw new IllegalStateException(error); // none of them throws
    } finally {
      graphs.end(fed);
    }
  }

  private void check() {
    if (ended) {
      throw new IllegalStateException("this pass is closed");
    }
  }

  /** A fed input as a tensor; null where there is none of that name. */
  private OnnxTensor feed(String name) {
    try {
      OnnxTensor tensor = fed.ints(name, feeds);
      if (tensor == null) {
        tensor = fed.thresholds(name, feeds);
        if (tensor != null) {
          held.add(tensor);
        }
      }
      if (tensor != null) {
        tensors.put(name, tensor);
      }
      return tensor;
    } catch (OrtException error) {
      throw new IllegalStateException(error); // it fits
    }
  }

  private static int[] ints(long[] shape) {
    int[] ints = new int[shape.length];
    for (int axis = 0; axis < ints.length; axis++) {
      ints[axis] = (int) shape[axis];
    }
    return ints;
  }

  private static String numpyName(TensorInfo info) {
    String name = info.onnxType.name();
    name = name.startsWith(TYPE) ? name.substring(TYPE.length()) : name;
    return name.equals("DOUBLE") ? "float64" : name.toLowerCase(Locale.ROOT);
  }
}
