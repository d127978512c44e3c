package dev.litebert.tokenizer;

import java.util.Arrays;

/** What two code points become where NFC makes one of them. Immutable. */
final class Compositions {
  private final CharTable seconds;
  private final long[] pairs;
  private final int[] results;

  private Compositions(CharTable seconds, long[] pairs, int[] results) {
    this.seconds = seconds;
    this.pairs = pairs;
    this.results = results;
  }

  static Compositions read() {
    CharTable.Builder seconds = new CharTable.Builder();
    long[] pairs = new long[1024]; // ascending
    int[] results = new int[1024];
    int count = 0;
    TableReader reader = new TableReader("composition");
    for (int first = 0; reader.more(); count++) {
      if (count == pairs.length) {
        pairs = Arrays.copyOf(pairs, count * 2);
        results = Arrays.copyOf(results, count * 2);
      }
      first += reader.next();
      int second = reader.next();
      seconds.fill(second, second + 1, 1);
      pairs[count] = pair(first, second);
      results[count] = first + reader.nextSigned();
    }
    return new Compositions(
        seconds.build(), Arrays.copyOf(pairs, count), Arrays.copyOf(results, count));
  }

  /** The code point that two become; −1 where they stay two. */
  int compose(int first, int second) {
    int syllable = Hangul.compose(first, second);
    if (syllable >= 0 || !seconds.has(second)) {
      return syllable;
    }
    int found = Arrays.binarySearch(pairs, pair(first, second));
    return found < 0 ? -1 : results[found];
  }

  private static long pair(int first, int second) {
    return (long) first << 32 | second;
  }
}
