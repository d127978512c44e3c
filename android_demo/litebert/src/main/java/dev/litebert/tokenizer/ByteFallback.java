package dev.litebert.tokenizer;

/** The pieces {@code <0x00>} to {@code <0xFF>}, into which unknown characters fall apart. */
final class ByteFallback {
  private static final String DIGITS = "0123456789ABCDEF";

  private final int[] pieces = new int[256];

  ByteFallback(PieceTable table) {
    for (int each = 0; each < pieces.length; each++) {
      String name = "<0x" + DIGITS.charAt(each >> 4) + DIGITS.charAt(each & 15) + ">";
      pieces[each] = table.find(name);
    }
  }

  /** The piece of a byte from 0 to 255; −1 where the vocabulary lacks it. */
  int piece(int value) {
    return pieces[value];
  }

  /** Whether all these bytes have pieces. */
  boolean hasAll(byte[] values) {
    for (byte each : values) {
      if (piece(each & 0xFF) < 0) {
        return false;
      }
    }
    return true;
  }
}
