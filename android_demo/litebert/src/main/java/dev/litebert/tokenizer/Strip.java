package dev.litebert.tokenizer;

/** Removes white space at the ends of a text. */
final class Strip extends Normalizer {
  private final boolean left;
  private final boolean right;

  Strip(boolean left, boolean right) {
    this.left = left;
    this.right = right;
  }

  @Override
  void apply(Normalized text) {
    int start = 0;
    int end = text.length;
    while (left && start < end && CharTables.WHITE_SPACE.has(text.points[start])) {
      start++;
    }
    while (right && end > start && CharTables.WHITE_SPACE.has(text.points[end - 1])) {
      end--;
    }
    if (start > 0) {
      for (int i = start; i < end; i++) {
        text.move(i, i - start);
      }
    }
    text.length = end - start;
  }
}
