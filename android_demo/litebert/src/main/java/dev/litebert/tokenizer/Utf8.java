package dev.litebert.tokenizer;

/** The bytes of code points in UTF-8, without an array for each. */
final class Utf8 {
  private Utf8() {}

  /** The number of bytes of a code point. */
  static int length(int point) {
    if (point < 0x80) {
      return 1;
    }
    if (point < 0x800) {
      return 2;
    }
    return point < 0x10000 ? 3 : 4;
  }

  /**
   * A byte of a code point, from 0 to 255.
   *
   * @param length the number of its bytes.
   * @param index the place of the byte, from 0.
   */
  static int at(int point, int length, int index) {
    if (length == 1) {
      return point;
    }
    int part = point >> (6 * (length - 1 - index));
    return index == 0 ? ((0xF00 >> length) & 0xFF) | part : 0x80 | (part & 0x3F);
  }
}
