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

  private final boolean cleans;
  private final boolean setsApart; // Chinese characters
  private final Decomposition nfd; // null where accents stay
  private final DropMarks accents;
  private final Lowercase lower; // null where case stays
  private final int[] ascii = new int[ASCII]; // what each becomes, or GONE

  BertNormalizer(boolean clean, boolean handleChinese, boolean stripAccents, boolean lowercase) {
    cleans = clean;
    setsApart = handleChinese;
    nfd = stripAccents ? Decomposition.nfd() : null;
    accents = stripAccents ? new DropMarks(CharTables.NONSPACING_MARK) : null;
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
    if (setsApart) {
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
      int point = cleans ? cleaned(text.points[i]) : text.points[i];
      if (point != GONE) {
        text.move(i, length);
        text.points[length++] = point;
      }
    }
    text.length = length;
  }

  private static int cleaned(int point) {
    if (CharTables.BERT_CONTROL.has(point)) {
      return GONE;
    }
    return CharTables.BERT_SPACE.has(point) ? ' ' : point;
  }

  private static void setApart(Normalized text) {
    int first = 0;
    while (first < text.length && !CharTables.CHINESE.has(text.points[first])) {
      first++;
    }
    if (first == text.length) {
      return;
    }
    text.begin();
    for (int i = 0; i < text.length; i++) {
      int point = text.points[i];
      if (CharTables.CHINESE.has(point)) {
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
