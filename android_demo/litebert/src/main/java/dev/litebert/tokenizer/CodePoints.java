package dev.litebert.tokenizer;

/** Code points of strings. */
final class CodePoints {
  private CodePoints() {}

  /** Whether a string holds no half of a surrogate pair. */
  static boolean areWhole(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (Character.isSurrogate(text.charAt(at))) {
        if (Character.charCount(text.codePointAt(at)) == 1) {
          return false;
        }
        at++;
      }
    }
    return true;
  }

  /** The code points of a string. */
  static int[] of(String text) {
    int[] points = new int[text.codePointCount(0, text.length())];
    for (int at = 0, i = 0; at < text.length(); i++) {
      points[i] = text.codePointAt(at);
      at += Character.charCount(points[i]);
    }
    return points;
  }
}
