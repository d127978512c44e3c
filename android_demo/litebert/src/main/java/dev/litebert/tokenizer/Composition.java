package dev.litebert.tokenizer;

/**
 * NFC and NFKC: characters are taken apart, then marks are put together with what is before them.
 *
 * <p>Read: n1t0/unicode-normalization, src/recompose.rs.
 */
final class Composition extends Normalizer {
  private final Decomposition decomposition;
  private final Compositions compositions = Compositions.read();

  /** NFC after NFD, NFKC after NFKD. */
  Composition(Decomposition decomposition) {
    this.decomposition = decomposition;
  }

  @Override
  void apply(Normalized text) {
    if (isAscii(text)) {
      return;
    }
    Changes changes = decomposition.changes(text);
    compose(changes);
    text.rewrite(changes);
  }

  private static boolean isAscii(Normalized text) {
    int all = 0;
    for (int i = 0; i < text.length; i++) {
      all |= text.points[i];
    }
    return all < 0x80;
  }

  private void compose(Changes changes) {
    int[] points = changes.points;
    int length = 0; // of what is kept
    int base = -1; // the place of the character that a mark may join
    int last = 0; // the class of the last mark after the base that did not join it
    for (int i = 0; i < changes.length; i++) {
      int point = points[i];
      int change = changes.changes[i];
      int number = decomposition.classes().get(point);
      if (base >= 0 && (last == 0 || last < number)) {
        int joined = compositions.compose(points[base], point);
        if (joined >= 0) {
          points[base] = joined;
          changes.changes[base] += change - 1;
          continue;
        }
      }
      if (number == 0) {
        base = length;
      }
      last = base < 0 ? 0 : number;
      points[length] = point;
      changes.changes[length++] = change;
    }
    changes.length = length;
  }
}
