package dev.litebert.cli;

import dev.litebert.json.Visible;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The two streams that the command writes to, in UTF-8 in every locale. */
final class Console {
  private final OutputStream out;
  private final OutputStream err;

  Console(OutputStream out, OutputStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Writes an answer on stdout; whoever reads it gets it at once.
   *
   * @throws IOException the reader, such as {@code head}, has closed it.
   */
  void answer(String line) throws IOException {
    print(line + "\n");
  }

  /** Writes lines on stdout as they are. */
  void print(String lines) throws IOException {
    out.write(lines.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** Writes a line on stderr, hidden characters escaped; mirrors {@code tell} of visible.py. */
  void tell(String line) {
    write(Visible.of(line) + "\n");
  }

  /** Writes a warning on stderr. */
  void warn(String message) {
    tell("warning: " + message);
  }

  /** Writes lines on stderr as they are. */
  void write(String lines) {
    try {
      err.write(lines.getBytes(StandardCharsets.UTF_8));
      err.flush();
    } catch (IOException nobodyReads) {
      return; // a line that nobody reads is no reason to stop
    }
  }
}
