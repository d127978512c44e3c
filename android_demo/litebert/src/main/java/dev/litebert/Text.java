package dev.litebert;

/** A text, or a pair of texts, that a model answers; immutable. */
public final class Text {
  private final String first;
  private final String second;

  private Text(String first, String second) {
    this.first = first;
    this.second = second;
  }

  /** A single text. */
  public static Text of(String text) {
    return new Text(checked(text), null);
  }

  /** A pair of texts, such as a question and an answer to it. */
  public static Text pair(String first, String second) {
    return new Text(checked(first), checked(second));
  }

  private static String checked(String text) {
    if (text == null) {
      throw new InputException("input is null, expected a text");
    }
    return text;
  }

  /** The text, or the first one of a pair. */
  public String first() {
    return first;
  }

  /** The second text of a pair; null for a single text. */
  public String second() {
    return second;
  }

  public boolean isPair() {
    return second != null;
  }
}
