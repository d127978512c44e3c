package dev.litebert.tokenizer;

/**
 * The white space at both ends of a token, the sign that ByteLevel writes for a space included.
 *
 * <p>Read: huggingface/tokenizers, src/pre_tokenizers/byte_level.rs (process_offsets).
 */
final class Spaces {
  private static final int BYTE_LEVEL_SPACE = 'Ġ';

  private Spaces() {}

  /** The number of spaces at the start of the code points {@code from} to {@code to} − 1. */
  static int before(Normalized text, int from, int to) {
    int at = from;
    while (at < to && isSpace(text.points[at])) {
      at++;
    }
    return at - from;
  }

  /** The number of spaces at their end. */
  static int behind(Normalized text, int from, int to) {
    int at = to;
    while (at > from && isSpace(text.points[at - 1])) {
      at--;
    }
    return to - at;
  }

  static boolean isSpace(int point) {
    return point == BYTE_LEVEL_SPACE || CharTables.WHITE_SPACE.has(point);
  }
}
