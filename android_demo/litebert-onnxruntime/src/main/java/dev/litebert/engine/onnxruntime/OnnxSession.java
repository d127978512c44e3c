package dev.litebert.engine.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.litebert.ArtifactException;
import dev.litebert.engine.GraphFiles;
import dev.litebert.graph.Segment;
import dev.litebert.json.Repr;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An opened graph; sessions of ONNX Runtime are safe to run from several threads. */
final class OnnxSession implements AutoCloseable {
  private final Path path;
  private final OrtSession session;
  private final Set<String> outputs;

  private OnnxSession(Path path, OrtSession session, Segment segment) {
    this.path = path;
    this.session = session;
    this.outputs = new LinkedHashSet<String>(segment.outputs());
  }

  /** The opened graph, which is the one that was checked. */
  @SuppressWarnings("try") // of `opening` only its end is needed
  static OnnxSession open(
      GraphFiles files,
      Segment segment,
      OrtEnvironment environment,
      OrtSession.SessionOptions options) {
    Path path = files.path(segment.file());
    OnnxSession opened = null;
    try (GraphFiles.Opening opening = files.opening(segment.file())) {
      opened = new OnnxSession(path, environment.createSession(path.toString(), options), segment);
      opened.checkInputs(segment.inputs());
      return opened;
    } catch (OrtException error) {
      throw OnnxErrors.refusal(path, error);
    } catch (RuntimeException error) { // also of the opening's end
      if (opened != null) {
        opened.close();
      }
      throw error;
    }
  }

  /** The outputs of the segment, to be closed by the caller. */
  OrtSession.Result run(Map<String, OnnxTensor> inputs) {
    OrtSession.Result result;
    try {
      result = session.run(inputs, outputs);
    } catch (OrtException error) {
      throw OnnxErrors.refusal(path, error);
    }
    for (Map.Entry<String, OnnxValue> each : result) {
      String problem = problem(each.getValue());
      if (problem != null) {
        result.close();
        throw refusal(problem);
      }
    }
    return result;
  }

  ArtifactException refusal(String reason) {
    return OnnxErrors.refusal(path, reason, null);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException error) {
      throw new IllegalStateException(error); // it was closed already
    }
  }

  /** Refuses what Python's interface refuses, in its words. */
  private void checkInputs(List<String> given) {
    List<Object> missing = new ArrayList<Object>(session.getInputNames());
    missing.removeAll(given);
    if (!missing.isEmpty()) {
      throw refusal(
          "Required inputs ("
              + Repr.of(missing)
              + ") are missing from input feed ("
              + Repr.of(new ArrayList<Object>(given))
              + ").");
    }
  }

  /** Why an output cannot be read; null where it can. */
  private static String problem(OnnxValue value) {
    if (!(value instanceof OnnxTensor)) {
      return "an output is no tensor";
    }
    TensorInfo info = ((OnnxTensor) value).getInfo();
    return info.onnxType == TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16
        ? "No corresponding Numpy type for Tensor Type. bfloat16"
        : null;
  }
}
