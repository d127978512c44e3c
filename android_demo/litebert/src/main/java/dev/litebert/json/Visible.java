package dev.litebert.json;

/**
 * Text for terminals and pages: nothing in it steers the screen, turns the line or is invisible;
 * mirrors {@code visible.py}.
 */
public final class Visible {
  private static final int PLANE_OF_FORMATS = 0xE0000; // unassigned ones there are kept for formats
  private static final int NON_JOINER = 0x200C; // formats, but Persian words and emoji need them
  private static final int JOINER = 0x200D;

  private Visible() {}

  /** The text with hidden characters, line ends among them, escaped as in Python: {@code \n}. */
  public static String of(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      if (isHidden(point)) {
        escape(shown, point);
      } else {
        shown.appendCodePoint(point);
      }
    }
    return shown.toString();
  }

  /** Whether a code point is invisible, or changes the look of others. */
  static boolean isHidden(int point) {
    switch (Character.getType(point)) {
      case Character.CONTROL:
      case Character.SURROGATE:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
        return true;
      case Character.FORMAT:
        return point != NON_JOINER && point != JOINER;
      case Character.UNASSIGNED:
        return point >= PLANE_OF_FORMATS;
      default:
        return false;
    }
  }

  /** Appends a code point as Python escapes it: {@code \n}, {@code \x1b}, {@code \u202e}. */
  static void escape(StringBuilder out, int point) {
    switch (point) {
      case '\n':
        out.append("\\n");
        return;
      case '\r':
        out.append("\\r");
        return;
      case '\t':
        out.append("\\t");
        return;
      default:
        String digits = Integer.toHexString(point);
        int width = point < 0x100 ? 2 : point < 0x10000 ? 4 : 8;
        out.append(width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U");
        for (int i = digits.length(); i < width; i++) {
          out.append('0');
        }
        out.append(digits);
    }
  }
}
