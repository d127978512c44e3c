package dev.litebert.tokenizer;

/**
 * Takes the white space at both ends of tokens out of their places.
 *
 * <p>Read: huggingface/tokenizers, src/pre_tokenizers/byte_level.rs (process_offsets).
 */
final class Trim {
  private final boolean addsSpace;

  /**
   * @param addsSpace whether a text that starts without a space got one, which has no place.
   */
  Trim(boolean addsSpace) {
    this.addsSpace = addsSpace;
  }

  /** Trims the places of the tokens {@code from} to {@code to} − 1 of a text, all that are kept. */
  void apply(Tokens tokens, int from, int to, String text, PieceTable pieces) {
    for (int i = from; i < to; i++) {
      int piece = tokens.piece(i);
      int before = piece < 0 ? tokens.spacesBefore(i) : pieces.spacesBefore(piece);
      int behind = piece < 0 ? tokens.spacesBehind(i) : pieces.spacesBehind(piece);
      boolean mayBeAdded = i == from || tokens.starts[i] == 0;
      if (before == 1 && addsSpace && mayBeAdded) {
        before = 0;
      }
      int start = tokens.starts[i];
      for (; before > 0 && start < tokens.ends[i]; before--) {
        start += Character.charCount(text.codePointAt(start));
      }
      tokens.starts[i] = start;
      if (behind > 0 && hasBefore(text, tokens.ends[i], behind)) {
        int end = tokens.ends[i];
        for (; behind > 0 && end > start; behind--) {
          end -= Character.charCount(text.codePointBefore(end));
        }
        tokens.ends[i] = end;
      }
    }
  }

  /** Whether a text has so many characters before a place. */
  private static boolean hasBefore(String text, int end, int characters) {
    int at = end;
    for (int i = 0; i < characters; i++) {
      if (at == 0) {
        return false;
      }
      at -= Character.charCount(text.codePointBefore(at));
    }
    return true;
  }
}
