package dev.litebert.tokenizer;

/**
 * A stretch of an encoding: a special token, or a text whose ids are not known yet; mirrors {@code
 * Part} of {@code tokenizer_check.py}.
 */
final class Part {
  private final int typeId;
  private final int specialId;
  private final int text;

  private Part(int typeId, int specialId, int text) {
    this.typeId = typeId;
    this.specialId = specialId;
    this.text = text;
  }

  /** A special token. */
  static Part special(int typeId, int specialId) {
    return new Part(typeId, specialId, -1);
  }

  /** The first text (0) or the second (1). */
  static Part text(int typeId, int text) {
    return new Part(typeId, 0, text);
  }

  int typeId() {
    return typeId;
  }

  /** The id of the special token; 0 for a text. */
  int specialId() {
    return specialId;
  }

  /** 0 for the first text, 1 for the second, −1 for a special token. */
  int text() {
    return text;
  }

  boolean isSpecial() {
    return text < 0;
  }
}
