package dev.litebert.engine.onnxruntime;

import ai.onnxruntime.OrtException;
import dev.litebert.ArtifactException;
import dev.litebert.engine.Refusal;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** ONNX Runtime's errors in the words that it has in Python. */
final class OnnxErrors {
  private static final String PREFIX = " - message: "; // behind the code, in Java only
  private static final String CODE = "ORT_";
  private static final String HARD_LINKS = "multiple hard links";

  private OnnxErrors() {}

  /** The error about a graph that ONNX Runtime refuses. */
  static ArtifactException refusal(Path graph, OrtException error) {
    return refusal(graph, reason(error), error);
  }

  static ArtifactException refusal(Path graph, String reason, Throwable cause) {
    String cure = "export the model again";
    if (reason.contains(HARD_LINKS)) {
      cure = "copy the artifact without hard links, as with cp -r";
    } else if (hasLinks(graph)) { // see microsoft/onnxruntime#27353
      cure = "upgrade it, or copy the artifact without links (hf download NAME --local-dir FOLDER)";
    }
    return Refusal.of(graph, "ONNX Runtime", reason, cure, cause);
  }

  /** {@code [ONNXRuntimeError] : 2 : INVALID_ARGUMENT : ...}. */
  static String reason(OrtException error) {
    String message = String.valueOf(error.getMessage());
    int start = message.indexOf(PREFIX);
    OrtException.OrtErrorCode code = error.getCode();
    if (start < 0 || !code.name().startsWith(CODE)) {
      return message; // of the Java interface itself
    }
    String text = message.substring(start + PREFIX.length());
    String name = code.name().substring(CODE.length());
    return "[ONNXRuntimeError] : " + number(code) + " : " + name + " : " + text;
  }

  private static int number(OrtException.OrtErrorCode code) {
    int number = 0;
    while (number < OrtException.OrtErrorCode.values().length
        && OrtException.OrtErrorCode.mapFromInt(number) != code) {
      number++;
    }
    return number;
  }

  private static boolean hasLinks(Path graph) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(graph.getParent())) {
      for (Path each : files) {
        if (Files.isSymbolicLink(each)) {
          return true;
        }
      }
    } catch (IOException error) {
      return false; // the engine's own message says more
    }
    return false;
  }
}
