package dev.litebert.tokenizer;

import java.util.Arrays;

/**
 * A text as code points, each with its stretch {@code [start, end)} of the text as it was given, in
 * UTF-16 indexes.
 *
 * <p>The arrays grow and may be longer than the text; what counts is the first {@link #length}
 * entries. An object is meant to be used again for the next text. Stretches never go back: {@code
 * starts} and {@code ends} are in ascending order.
 *
 * <p>Read: huggingface/tokenizers, src/tokenizer/normalizer.rs, NormalizedString.
 */
final class Normalized {
  private static final int REPLACEMENT = 0xFFFD;

  int[] points;
  int[] starts;
  int[] ends;
  int length;

  private int[] nextPoints;
  private int[] nextStarts;
  private int[] nextEnds;
  private int nextLength;
  private int read; // the number of old code points that are replaced or gone
  private int readBefore; // the same before the last one was put
  private int lastChange; // of the last one that was put

  /** Room for a normalizer's work. */
  final Changes changes = new Changes();

  Normalized() {
    points = new int[64];
    starts = new int[64];
    ends = new int[64];
    nextPoints = new int[64];
    nextStarts = new int[64];
    nextEnds = new int[64];
  }

  /** Holds the whole text; see {@link #set(String, int, int)}. */
  void set(String text) {
    set(text, 0, text.length());
  }

  /**
   * Holds the stretch of a text between two UTF-16 indexes. An unpaired surrogate becomes U+FFFD;
   * mirrors {@code well_formed} of {@code tokenizer.py}.
   */
  void set(String text, int from, int to) {
    length = 0;
    if (points.length < to - from) {
      grow(to - from);
    }
    int count = 0;
    for (int i = from; i < to; ) {
      char unit = text.charAt(i);
      int point = unit;
      int end = i + 1;
      if (Character.isSurrogate(unit)) {
        point = REPLACEMENT;
        if (Character.isHighSurrogate(unit)
            && end < to
            && Character.isLowSurrogate(text.charAt(end))) {
          point = Character.toCodePoint(unit, text.charAt(end));
          end++;
        }
      }
      points[count] = point;
      starts[count] = i;
      ends[count++] = end;
      i = end;
    }
    length = count;
  }

  /** Adds a code point at the end. */
  void add(int point, int start, int end) {
    if (length == points.length) {
      grow(length + 1);
    }
    points[length] = point;
    starts[length] = start;
    ends[length++] = end;
  }

  /** Copies a code point and its stretch to an earlier place. */
  void move(int from, int to) {
    points[to] = points[from];
    starts[to] = starts[from];
    ends[to] = ends[from];
  }

  /** Removes everything. */
  void clear() {
    length = 0;
  }

  /** The normalized text. */
  @Override
  public String toString() {
    return new String(points, 0, length);
  }

  /**
   * Begins to write the text anew: {@link #put} each code point in turn, then {@link #finish}.
   * Until then {@link #points} and the stretches stay as they were.
   */
  void begin() {
    nextLength = 0;
    read = 0;
  }

  /**
   * Writes the next code point, with the stretch that the library would give it.
   *
   * @param change 1: the code point is new, and shares the stretch of the one before; 0: it
   *     replaces the next one; −n: it replaces the next one, and n more are gone.
   */
  void put(int point, int change) {
    readBefore = read;
    lastChange = change;
    int source = read;
    if (change > 0) {
      source--;
    } else {
      read += 1 - change;
    }
    if (nextLength == nextPoints.length) {
      int size = nextLength * 2;
      nextPoints = Arrays.copyOf(nextPoints, size);
      nextStarts = Arrays.copyOf(nextStarts, size);
      nextEnds = Arrays.copyOf(nextEnds, size);
    }
    nextPoints[nextLength] = point;
    nextStarts[nextLength] = starts[source];
    nextEnds[nextLength++] = ends[source];
  }

  /**
   * Leaves out the next code points, which the library counts to the change of the last one put: a
   * new code point becomes one that replaces. Before the first one it does not count them at all.
   */
  void drop(int count) {
    if (nextLength > 0) {
      read = readBefore;
      nextLength--;
      put(nextPoints[nextLength], lastChange - count);
    }
  }

  /**
   * Leaves out the next code points; a new one after them shares the stretch of the last of them.
   */
  void skip(int count) {
    read += count;
  }

  /** Writes the text anew: each code point with its change. */
  void rewrite(Changes next) {
    begin();
    for (int i = 0; i < next.length; i++) {
      put(next.points[i], next.changes[i]);
    }
    finish();
  }

  /** Takes what was put as the text. */
  void finish() {
    int[] oldPoints = points;
    int[] oldStarts = starts;
    int[] oldEnds = ends;
    points = nextPoints;
    starts = nextStarts;
    ends = nextEnds;
    length = nextLength;
    nextPoints = oldPoints;
    nextStarts = oldStarts;
    nextEnds = oldEnds;
  }

  private void grow(int least) {
    int size = Math.max(least, points.length * 2);
    points = Arrays.copyOf(points, size);
    starts = Arrays.copyOf(starts, size);
    ends = Arrays.copyOf(ends, size);
  }
}
