package dev.litebert.engine;

import dev.litebert.ArtifactException;
import dev.litebert.json.Repr;
import java.nio.file.Path;

/**
 * The error about a graph that an engine does not take; mirrors {@code refusals} of the backends.
 */
public final class Refusal {
  private static final int MOST = 300; // characters of an engine's message

  private Refusal() {}

  /**
   * The exception to throw.
   *
   * @param graph the graph's file.
   * @param engine the engine's name for people: {@code ONNX Runtime}.
   * @param reason the engine's message, of which the first line is shown.
   * @param cause the engine's exception; null where it has none.
   */
  public static ArtifactException of(Path graph, String engine, String reason, Throwable cause) {
    return of(graph, engine, reason, "export the model again", cause);
  }

  /** The same with another advice than to export the model again. */
  public static ArtifactException of(
      Path graph, String engine, String reason, String cure, Throwable cause) {
    String message = graph + ": " + engine + " refuses it (" + firstLine(reason) + "); " + cure;
    return new ArtifactException(message, cause);
  }

  /** The first line of an engine's message, without its stack. */
  public static String firstLine(String message) {
    String text = message == null ? "" : message.trim();
    int end = 0;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    return Repr.cut(text.substring(0, end), MOST);
  }
}
