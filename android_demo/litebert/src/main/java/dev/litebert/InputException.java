package dev.litebert;

/**
 * The caller passed something that cannot be taken, or asked a closed model. Python calls it
 * InputError.
 */
public final class InputException extends LiteBertException {
  private static final long serialVersionUID = 1L;

  public InputException(String message) {
    this(message, null);
  }

  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
