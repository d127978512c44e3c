package dev.litebert.tokenizer;

/** Lower case, character by character. */
final class Lowercase extends Normalizer {
  private final CharMap lower = CharMap.read("lower");

  @Override
  void apply(Normalized text) {
    int[] points = text.points;
    for (int i = 0; i < text.length; i++) {
      int slot = lower.slot(points[i]);
      if (slot != 0) {
        int start = lower.start(slot);
        if (lower.end(slot) - start > 1) {
          rewrite(text, i);
          return;
        }
        points[i] = lower.value(start);
      }
    }
  }

  /** The same from a character on that becomes several. */
  private void rewrite(Normalized text, int from) {
    text.begin();
    for (int i = 0; i < from; i++) {
      text.put(text.points[i], 0);
    }
    for (int i = from; i < text.length; i++) {
      int slot = lower.slot(text.points[i]);
      if (slot == 0) {
        text.put(text.points[i], 0);
        continue;
      }
      int start = lower.start(slot);
      for (int part = start; part < lower.end(slot); part++) {
        text.put(lower.value(part), part == start ? 0 : 1);
      }
    }
    text.finish();
  }

  /** The lower case of an ASCII character. */
  int ascii(int point) {
    int slot = lower.slot(point);
    return slot == 0 ? point : lower.value(lower.start(slot));
  }
}
