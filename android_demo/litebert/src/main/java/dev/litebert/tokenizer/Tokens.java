package dev.litebert.tokenizer;

import java.util.Arrays;

/** Tokens of one text in growing arrays, which are used again for the next text. */
final class Tokens {
  int[] ids = new int[64];
  int[] starts = new int[64]; // UTF-16 indexes of the text
  int[] ends = new int[64];
  int length;

  /** The piece that each token is; −1 for a token that is a stretch of the text, as added ones. */
  private int[] pieces = new int[64];

  /** White space at both ends of a token that is a stretch of the text. */
  private int[] leading = new int[64];

  private int[] trailing = new int[64];

  /** Removes all tokens. */
  void clear() {
    length = 0;
  }

  /** Adds a piece of the vocabulary. */
  void add(int id, int start, int end, int piece) {
    if (length == ids.length) {
      grow();
    }
    ids[length] = id;
    starts[length] = start;
    ends[length] = end;
    pieces[length++] = piece;
  }

  /** Adds a token that is a stretch of the text, with the number of spaces at both its ends. */
  void addStretch(int id, int start, int end, int spacesBefore, int spacesBehind) {
    add(id, start, end, -1);
    leading[length - 1] = spacesBefore;
    trailing[length - 1] = spacesBehind;
  }

  /** Adds all tokens of others behind these, or before them. */
  void addAll(Tokens others, boolean before) {
    while (length + others.length > ids.length) {
      grow();
    }
    insert(ids, others.ids, others.length, before);
    insert(starts, others.starts, others.length, before);
    insert(ends, others.ends, others.length, before);
    insert(pieces, others.pieces, others.length, before);
    insert(leading, others.leading, others.length, before);
    insert(trailing, others.trailing, others.length, before);
    length += others.length;
  }

  private void insert(int[] into, int[] from, int count, boolean before) {
    if (before) {
      System.arraycopy(into, 0, into, count, length);
    }
    System.arraycopy(from, 0, into, before ? 0 : length, count);
  }

  private void grow() {
    int size = 2 * ids.length;
    ids = Arrays.copyOf(ids, size);
    starts = Arrays.copyOf(starts, size);
    ends = Arrays.copyOf(ends, size);
    pieces = Arrays.copyOf(pieces, size);
    leading = Arrays.copyOf(leading, size);
    trailing = Arrays.copyOf(trailing, size);
  }

  int piece(int token) {
    return pieces[token];
  }

  int spacesBefore(int token) {
    return leading[token];
  }

  int spacesBehind(int token) {
    return trailing[token];
  }
}
