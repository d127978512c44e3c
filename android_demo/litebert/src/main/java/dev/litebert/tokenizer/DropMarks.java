package dev.litebert.tokenizer;

/** Removes marks; those that are part of a character stay. */
final class DropMarks extends Normalizer {
  private final CharTable marks;

  DropMarks(CharTable marks) {
    this.marks = marks;
  }

  @Override
  void apply(Normalized text) {
    int kept = 0;
    for (int i = 0; i < text.length; i++) {
      if (!marks.has(text.points[i])) {
        text.move(i, kept++);
      }
    }
    text.length = kept;
  }
}
