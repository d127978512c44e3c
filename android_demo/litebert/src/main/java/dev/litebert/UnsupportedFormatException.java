package dev.litebert;

/**
 * The artifact was written by a newer LiteBERT: upgrade. Python calls it UnsupportedFormatError.
 */
public final class UnsupportedFormatException extends LiteBertException {
  private static final long serialVersionUID = 1L;

  public UnsupportedFormatException(String message) {
    this(message, null);
  }

  public UnsupportedFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
