package dev.litebert.tokenizer;

import java.util.Arrays;

/** Stretches of a text in order, each an added token or the text between; used again. */
final class Stretches {
  int[] starts = new int[16];
  int[] ends = new int[16];
  AddedToken[] tokens = new AddedToken[16]; // null: text
  int length;

  void clear() {
    length = 0;
  }

  /** Adds a stretch; {@code token} is null for text. */
  void add(int start, int end, AddedToken token) {
    if (length == starts.length) {
      starts = Arrays.copyOf(starts, 2 * length);
      ends = Arrays.copyOf(ends, 2 * length);
      tokens = Arrays.copyOf(tokens, 2 * length);
    }
    starts[length] = start;
    ends[length] = end;
    tokens[length++] = token;
  }
}
