package dev.litebert;

/**
 * No engine that runs the artifact is on the class path, or its native library cannot be loaded.
 * Python calls it MissingExtraError.
 */
public final class MissingEngineException extends LiteBertException {
  private static final long serialVersionUID = 1L;

  public MissingEngineException(String message) {
    this(message, null);
  }

  public MissingEngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
