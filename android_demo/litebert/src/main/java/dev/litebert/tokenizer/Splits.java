package dev.litebert.tokenizer;

import java.util.Arrays;

/** A text and its words, stretches of code points that pre-tokenizers cut further and rewrite. */
final class Splits {
  Normalized text;
  int[] starts = new int[64]; // of the words, in code points
  int[] ends = new int[64];
  int length;

  private final Normalized[] spare = {new Normalized(), new Normalized()};
  private int[] nextStarts = new int[64];
  private int[] nextEnds = new int[64];
  private int nextLength;
  private Normalized rewritten;

  /** Holds one word, the code points {@code from} to {@code to} − 1 of a text. */
  void set(Normalized text, int from, int to) {
    this.text = text;
    length = 1;
    starts[0] = from;
    ends[0] = to;
  }

  /** Begins to cut the words anew: {@link #put} each, then {@link #finish}. */
  void begin() {
    nextLength = 0;
  }

  /** Begins to write the text anew, too: {@link #put} then means places in the text given here. */
  Normalized beginText() {
    begin();
    rewritten = text == spare[0] ? spare[1] : spare[0];
    rewritten.clear();
    return rewritten;
  }

  /** Adds a word; one without characters is left out. */
  void put(int from, int to) {
    if (from == to) {
      return;
    }
    if (nextLength == nextStarts.length) {
      nextStarts = Arrays.copyOf(nextStarts, 2 * nextLength);
      nextEnds = Arrays.copyOf(nextEnds, 2 * nextLength);
    }
    nextStarts[nextLength] = from;
    nextEnds[nextLength++] = to;
  }

  /** Takes what was put as the words. */
  void finish() {
    int[] oldStarts = starts;
    int[] oldEnds = ends;
    starts = nextStarts;
    ends = nextEnds;
    length = nextLength;
    nextStarts = oldStarts;
    nextEnds = oldEnds;
    if (rewritten != null) {
      text = rewritten;
      rewritten = null;
    }
  }
}
