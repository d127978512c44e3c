package dev.litebert.tokenizer;

/**
 * Where grapheme clusters end: what a reader sees as one character.
 *
 * <p>Unicode Standard Annex 29, without its rules of flags: {@link Precompiled} looks up no cluster
 * as long as theirs. Read: unicode-rs/unicode-segmentation, src/grapheme.rs.
 */
final class Graphemes {
  // The numbers of tables/graphemes.py.
  private static final int CR = 1;
  private static final int LF = 2;
  private static final int CONTROL = 3;
  private static final int EXTEND = 4;
  private static final int ZWJ = 5;
  private static final int SPACING_MARK = 6;
  private static final int PREPEND = 7;
  private static final int PICTOGRAPHIC = 8;
  private static final int L = 9;
  private static final int V = 10;
  private static final int T = 11;
  private static final int LV = 12;
  private static final int LVT = 13;
  private static final int CONSONANT = 14;
  private static final int KIND = 0xF;
  private static final int CONJUNCT_LINKER = 32; // beside 16: of a mark between consonants

  private final CharTable classes = CharTable.read("grapheme");

  /** The index after the cluster that begins at an index. */
  int end(int[] points, int start, int length) {
    int before = classes.get(points[start]) & KIND;
    boolean picture = before == PICTOGRAPHIC; // followed by marks alone
    boolean joins = false; // a picture, marks and a joiner
    boolean consonant = before == CONSONANT; // followed by marks of consonants alone
    boolean linked = false; // at least one of them a linker
    int at = start + 1;
    for (; at < length; at++) {
      int found = classes.get(points[at]);
      int kind = found & KIND;
      boolean inside =
          attaches(before, kind)
              || (kind == CONSONANT && consonant && linked)
              || (kind == PICTOGRAPHIC && joins);
      if (!inside) {
        break;
      }
      joins = picture && kind == ZWJ;
      picture = kind == PICTOGRAPHIC || (picture && kind == EXTEND);
      boolean mark = found > KIND;
      linked = consonant && mark && (linked || found >= CONJUNCT_LINKER);
      consonant = kind == CONSONANT || (consonant && mark);
      before = kind;
    }
    return at;
  }

  private static boolean attaches(int before, int after) {
    if (before == CR || before == LF || before == CONTROL) {
      return before == CR && after == LF;
    }
    switch (after) {
      case CR:
      case LF:
      case CONTROL:
        return false;
      case EXTEND:
      case ZWJ:
      case SPACING_MARK:
        return true;
      case L:
      case LV:
      case LVT:
        return before == L || before == PREPEND;
      case V:
        return before == L || before == LV || before == V || before == PREPEND;
      case T:
        return before == LV || before == V || before == LVT || before == T || before == PREPEND;
      default:
        return before == PREPEND;
    }
  }
}
