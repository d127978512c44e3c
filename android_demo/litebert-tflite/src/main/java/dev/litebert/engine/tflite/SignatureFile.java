package dev.litebert.engine.tflite;

import dev.litebert.ArtifactException;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Refusal;
import dev.litebert.graph.Segment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolver;
import org.bytedeco.tensorflowlite.FlatBufferModel;
import org.bytedeco.tensorflowlite.Interpreter;
import org.bytedeco.tensorflowlite.InterpreterBuilder;
import org.bytedeco.tensorflowlite.SignatureRunner;

/** A memory-mapped file and its interpreter, which all its signatures share. */
final class SignatureFile implements AutoCloseable {
  private final Path path;
  private final FlatBufferModel model;
  private final BuiltinOpResolver operators;
  private final Interpreter interpreter;
  private final Map<String, Signature> signatures = new HashMap<String, Signature>();

  private SignatureFile(
      Path path, FlatBufferModel model, BuiltinOpResolver operators, Interpreter interpreter) {
    this.path = path;
    this.model = model;
    this.operators = operators;
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
    FlatBufferModel model = FlatBufferModel.VerifyAndBuildFromFile(path.toString());
    if (model == null || model.isNull()) {
      throw refusal(path, Reports.of(path.toString(), "it cannot be opened"));
    }
    BuiltinOpResolver operators = new BuiltinOpResolver();
    InterpreterBuilder builder = new InterpreterBuilder(model, operators);
    Interpreter interpreter = new Interpreter((Pointer) null); // the builder sets it
    int status = builder.apply(interpreter, threads);
    builder.deallocate();
    SignatureFile opened = new SignatureFile(path, model, operators, interpreter);
    if (status != 0 || interpreter.isNull()) {
      opened.close();
      throw refusal(path, Reports.of(path.toString(), "no interpreter can be made of it"));
    }
    return opened;
  }

  /** A segment's signature. */
  Signature signature(Segment segment) {
    Signature signature = signatures.get(segment.entry());
    if (signature == null) {
      SignatureRunner runner = interpreter.GetSignatureRunner(segment.entry());
      if (runner == null || runner.isNull()) {
        throw refusal("Invalid signature_key provided: \"" + segment.entry() + "\".");
      }
      signature = new Signature(this, runner, segment);
      signatures.put(segment.entry(), signature);
    }
    return signature;
  }

  ArtifactException refusal(String reason) {
    return refusal(path, reason);
  }

  private static ArtifactException refusal(Path path, String reason) {
    return Refusal.of(path, "TensorFlow Lite", reason, null);
  }

  /** Frees the memory, in the order in which one needs the other. */
  @Override
  public void close() {
    interpreter.deallocate();
    operators.deallocate();
    model.deallocate();
  }
}
