package dev.litebert;

/** The artifact is damaged or was changed: export it again. Python calls it ArtifactError. */
public final class ArtifactException extends LiteBertException {
  private static final long serialVersionUID = 1L;

  public ArtifactException(String message) {
    this(message, null);
  }

  public ArtifactException(String message, Throwable cause) {
    super(message, cause);
  }
}
