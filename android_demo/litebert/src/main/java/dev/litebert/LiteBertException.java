package dev.litebert;

import dev.litebert.json.Visible;

/**
 * The root of all errors a user can meet; mirrors {@code litebert/errors.py}.
 *
 * <p>Its message is one line: what was found, what was expected, what to do. Hidden characters of
 * names in it are escaped.
 */
public abstract class LiteBertException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LiteBertException(String message, Throwable cause) {
    super(Visible.of(message), cause);
  }
}
