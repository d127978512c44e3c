package dev.litebert.tokenizer;

/**
 * Writes a mark for each space and one before a word, and cuts before the marks.
 *
 * <p>Read: huggingface/tokenizers, src/pre_tokenizers/metaspace.rs.
 */
final class Metaspace extends PreTokenizer {
  /** Before which words without a mark it writes one. */
  enum Prepend {
    ALWAYS,
    /** The word at the start of the text. */
    FIRST,
    NEVER
  }

  private final int mark;
  private final Prepend prepend;
  private final boolean cuts;

  Metaspace(int mark, Prepend prepend, boolean cuts) {
    this.mark = mark;
    this.prepend = prepend;
    this.cuts = cuts;
  }

  @Override
  void apply(Splits words) {
    Normalized old = words.text;
    Normalized text = words.beginText();
    for (int word = 0; word < words.length; word++) {
      int first = words.starts[word];
      int start = text.length;
      if (isPrepended(old, first)) {
        text.add(mark, old.starts[first], old.ends[first]);
      }
      for (int at = first; at < words.ends[word]; at++) {
        int point = old.points[at] == ' ' ? mark : old.points[at];
        if (cuts && point == mark) {
          words.put(start, text.length);
          start = text.length;
        }
        text.add(point, old.starts[at], old.ends[at]);
      }
      words.put(start, text.length);
    }
    words.finish();
  }

  private boolean isPrepended(Normalized text, int first) {
    boolean isMark = text.points[first] == ' ' || text.points[first] == mark;
    return !isMark
        && (prepend == Prepend.ALWAYS || (prepend == Prepend.FIRST && text.starts[first] == 0));
  }
}
