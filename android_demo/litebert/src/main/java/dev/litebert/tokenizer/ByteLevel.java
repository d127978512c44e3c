package dev.litebert.tokenizer;

/**
 * Cuts words as GPT-2 does, and writes each byte of their UTF-8 as a visible character.
 *
 * <p>Read: huggingface/tokenizers, src/pre_tokenizers/byte_level.rs; openai/gpt-2, src/encoder.py.
 */
final class ByteLevel extends PreTokenizer {
  private static final int OTHER = 0;
  private static final int LETTER = 1;
  private static final int NUMBER = 2;
  private static final int SPACE = 3;

  private final boolean addsSpace;
  private final boolean cuts;
  private final int[] characters = characters();

  /**
   * @param addsSpace whether a word that starts without a space gets one.
   * @param cuts whether words are cut.
   */
  ByteLevel(boolean addsSpace, boolean cuts) {
    this.addsSpace = addsSpace;
    this.cuts = cuts;
  }

  /** The character of each byte. */
  private static int[] characters() {
    int[] found = new int[256];
    int hidden = 0x100;
    for (int each = 0; each < found.length; each++) {
      boolean isVisible =
          (each >= '!' && each <= '~') || (each >= 0xA1 && each <= 0xAC) || each >= 0xAE;
      found[each] = isVisible ? each : hidden++;
    }
    return found;
  }

  @Override
  void apply(Splits words) {
    if (addsSpace) {
      addSpaces(words);
    }
    if (cuts) {
      cut(words);
    }
    writeBytes(words);
  }

  private static void addSpaces(Splits words) {
    Normalized old = words.text;
    Normalized text = words.beginText();
    for (int word = 0; word < words.length; word++) {
      int first = words.starts[word];
      int start = text.length;
      if (old.points[first] != ' ') {
        text.add(' ', old.starts[first], old.ends[first]);
      }
      for (int at = first; at < words.ends[word]; at++) {
        text.add(old.points[at], old.starts[at], old.ends[at]);
      }
      words.put(start, text.length);
    }
    words.finish();
  }

  private void cut(Splits words) {
    int[] points = words.text.points;
    words.begin();
    for (int word = 0; word < words.length; word++) {
      int end = words.ends[word];
      for (int start = words.starts[word]; start < end; ) {
        int next = next(points, start, end);
        words.put(start, next);
        start = next;
      }
    }
    words.finish();
  }

  /**
   * The end of the word that starts at a place, by the expression {@code 's|'t|'re|'ve|'m|'ll|'d|
   * ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}.
   */
  private int next(int[] points, int start, int end) {
    int contraction = points[start] == '\'' ? contraction(points, start + 1, end) : 0;
    if (contraction > 0) {
      return start + 1 + contraction;
    }
    int at = points[start] == ' ' && start + 1 < end ? start + 1 : start;
    int kind = kind(points[at]);
    if (kind != SPACE) {
      return run(points, at, end, kind);
    }
    at = run(points, start, end, SPACE);
    return at < end && at > start + 1 ? at - 1 : at; // the last space belongs to the next word
  }

  /** The length of an English ending behind an apostrophe; 0 where there is none. */
  private static int contraction(int[] points, int at, int end) {
    int first = at < end ? points[at] : 0;
    int second = at + 1 < end ? points[at + 1] : 0;
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return 1;
    }
    boolean isLong =
        ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
    return isLong ? 2 : 0;
  }

  private int run(int[] points, int start, int end, int kind) {
    int at = start;
    while (at < end && kind(points[at]) == kind) {
      at++;
    }
    return at;
  }

  private int kind(int point) {
    if (CharTables.BYTE_LEVEL_LETTER.has(point)) {
      return LETTER;
    }
    if (CharTables.BYTE_LEVEL_NUMBER.has(point)) {
      return NUMBER;
    }
    return CharTables.BYTE_LEVEL_SPACE.has(point) ? SPACE : OTHER;
  }

  private void writeBytes(Splits words) {
    Normalized old = words.text;
    Normalized text = words.beginText();
    for (int word = 0; word < words.length; word++) {
      int start = text.length;
      for (int at = words.starts[word]; at < words.ends[word]; at++) {
        int point = old.points[at];
        int length = Utf8.length(point);
        for (int i = 0; i < length; i++) {
          text.add(characters[Utf8.at(point, length, i)], old.starts[at], old.ends[at]);
        }
      }
      words.put(start, text.length);
    }
    words.finish();
  }
}
