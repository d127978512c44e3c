package dev.litebert.json;

/** JSON that every reader refuses; its message is the reason, without the file and the cure. */
public final class JsonException extends Exception {
  private static final long serialVersionUID = 1L;

  JsonException(String message) {
    super(message);
  }
}
