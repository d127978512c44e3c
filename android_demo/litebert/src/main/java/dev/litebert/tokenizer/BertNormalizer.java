package dev.litebert.tokenizer;

/**
 * Cleans text as BERT does: no control characters, any white space a space, Chinese characters
 * apart, accents dropped, lower case; each of these where it is asked for.
 *
 * <p>Read: huggingface/tokenizers, src/normalizers/bert.rs.
 */
final class BertNormalizer extends Normalizer {
  private static final int ASCII = 0x80;
  private static final int GONE = -1;

  private final CharTable control; // null where text is not cleaned
  private final CharTable space;
  private final CharTable chinese; // null where they are not set apart
  private final Decomposition nfd; // null where accents stay
  private final DropMarks accents;
  private final Lowercase lower; // null where case stays
  private final int[] ascii = new int[ASCII]; // what each becomes, or GONE

  BertNormalizer(boolean clean, boolean handleChinese, boolean stripAccents, boolean lowercase) {
    control = clean ? CharTables.bertControl() : null;
    space = clean ? CharTables.bertSpace() : null;
    chinese = handleChinese ? CharTables.chinese() : null;
    nfd = stripAccents ? Decomposition.nfd() : null;
    accents = stripAccents ? new DropMarks(CharTables.nonspacingMark()) : null;
    lower = lowercase ? new Lowercase() : null;
    for (int point = 0; point < ASCII; point++) {
      int cleaned = clean ? cleaned(point) : point;
      ascii[point] = lowercase && cleaned != GONE ? lower.ascii(cleaned) : cleaned;
    }
  }

  @Override
  void apply(Normalized text) {
    int kept = 0;
    for (int i = 0; i < text.length; i++) {
      int point = text.points[i];
      if (point >= ASCII) {
        applyFrom(text, i, kept);
        return;
      }
      int result = ascii[point];
      if (result != GONE) {
        text.move(i, kept);
        text.points[kept++] = result;
      }
    }
    text.length = kept;
  }

  /** The same where a text is not ASCII alone: the first {@code kept} code points are done. */
  private void applyFrom(Normalized text, int from, int kept) {
    clean(text, from, kept);
    if (chinese != null) {
      setApart(text);
    }
    if (nfd != null) {
      nfd.apply(text);
      accents.apply(text);
    }
    if (lower != null) {
      lower.apply(text);
    }
  }

  private void clean(Normalized text, int from, int kept) {
    int length = kept;
    for (int i = from; i < text.length; i++) {
      int point = control == null ? text.points[i] : cleaned(text.points[i]);
      if (point != GONE) {
        text.move(i, length);
        text.points[length++] = point;
      }
    }
    text.length = length;
  }

  private int cleaned(int point) {
    if (control.has(point)) {
      return GONE;
    }
    return space.has(point) ? ' ' : point;
  }

  private void setApart(Normalized text) {
    int first = 0;
    while (first < text.length && !chinese.has(text.points[first])) {
      first++;
    }
    if (first == text.length) {
      return;
    }
    text.begin();
    for (int i = 0; i < text.length; i++) {
      int point = text.points[i];
      if (chinese.has(point)) {
        text.put(' ', 0);
        text.put(point, 1);
        text.put(' ', 1);
      } else {
        text.put(point, 0);
      }
    }
    text.finish();
  }
}
