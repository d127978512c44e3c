package dev.litebert.tokenizer;

import java.util.Arrays;

/** The merges of a BPE model in their order, as the file writes them: two texts each. */
final class Merges {
  private char[] chars = new char[1 << 10];
  private int[] ends = new int[1 << 8]; // of the left and the right text of each merge in turn
  private int texts;

  /** Adds a merge. */
  void add(String left, String right) {
    append(left);
    append(right);
  }

  private void append(String text) {
    int start = texts == 0 ? 0 : ends[texts - 1];
    int end = start + text.length();
    if (end > chars.length) {
      chars = Arrays.copyOf(chars, Math.max(end, 2 * chars.length));
    }
    if (texts == ends.length) {
      ends = Arrays.copyOf(ends, 2 * texts);
    }
    text.getChars(0, text.length(), chars, start);
    ends[texts++] = end;
  }

  /** The number of merges. */
  int size() {
    return texts / 2;
  }

  /** The text that comes first in a merge. */
  String left(int merge) {
    return text(2 * merge);
  }

  /** The text that comes second in a merge. */
  String right(int merge) {
    return text(2 * merge + 1);
  }

  private String text(int index) {
    int start = index == 0 ? 0 : ends[index - 1];
    return new String(chars, start, ends[index] - start);
  }
}
