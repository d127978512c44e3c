package dev.litebert.tokenizer;

/**
 * NFD and NFKD: characters are taken apart, and marks put in the order of their classes.
 *
 * <p>Read: n1t0/unicode-normalization, src/decompose.rs.
 */
final class Decomposition extends Normalizer {
  private static final int FIRST = 0x80; // ASCII is never taken apart, and has no marks

  private final CharMap parts;
  private final CharTable classes = CharTable.read("combining_class");

  private Decomposition(CharMap parts) {
    this.parts = parts;
  }

  static Decomposition nfd() {
    return new Decomposition(CharMap.read("canonical"));
  }

  static Decomposition nfkd() {
    return new Decomposition(CharMap.read("canonical", "compatible"));
  }

  /** The place of a code point in the order of marks; 0 for what is never moved. */
  CharTable classes() {
    return classes;
  }

  @Override
  void apply(Normalized text) {
    if (!concerns(text)) {
      return;
    }
    text.rewrite(changes(text));
  }

  /** Whether a text can change. */
  boolean concerns(Normalized text) {
    for (int i = 0; i < text.length; i++) {
      int point = text.points[i];
      if (point >= FIRST
          && (parts.slot(point) != 0 || classes.has(point) || Hangul.isSyllable(point))) {
        return true;
      }
    }
    return false;
  }

  /** The text taken apart, in the text's own room. */
  Changes changes(Normalized text) {
    Changes changes = text.changes;
    changes.length = 0;
    int pending = 0; // where the marks begin that have no place yet
    for (int i = 0; i < text.length; i++) {
      int before = changes.length;
      split(text.points[i], changes);
      for (int part = before; part < changes.length; part++) {
        if (!classes.has(changes.points[part])) {
          int end = changes.length;
          changes.length = part;
          changes.sort(pending, classes);
          changes.length = end;
          pending = part + 1;
        }
      }
    }
    changes.sort(pending, classes);
    return changes;
  }

  private void split(int point, Changes changes) {
    int slot = point < FIRST ? 0 : parts.slot(point);
    if (slot != 0) {
      int start = parts.start(slot);
      for (int i = start; i < parts.end(slot); i++) {
        changes.add(parts.value(i), i == start ? 0 : 1);
      }
    } else if (Hangul.isSyllable(point)) {
      changes.add(Hangul.lead(point), 0);
      changes.add(Hangul.vowel(point), 1);
      int tail = Hangul.tail(point);
      if (tail >= 0) {
        changes.add(tail, 1);
      }
    } else {
      changes.add(point, 0);
    }
  }
}
