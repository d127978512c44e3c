package dev.litebert.tokenizer;

/** A token that is found in a text before all else. */
final class AddedToken {
  final String content;

  /** The id that the tokenizers library gives it, even where the file gives another. */
  final int id;

  /** The id that the file gives it; {@link TokenizerCheck} compares them. */
  final int idInFile;

  /** Whether it counts only between characters that are no letters, digits or underscores. */
  final boolean singleWord;

  /** Whether it takes the white space on its left. */
  final boolean lstrip;

  /** Whether it takes the white space on its right. */
  final boolean rstrip;

  /** Whether it is normalized, and then found in the normalized text. */
  final boolean normalized;

  private AddedToken(Step step, int id) {
    content = step.text("content");
    this.id = id;
    singleWord = step.flag("single_word");
    lstrip = step.flag("lstrip");
    rstrip = step.flag("rstrip");
    normalized = step.flag("normalized");
    step.flag("special"); // only decoding asks
    idInFile = step.number("id");
    step.end();
  }

  static AddedToken parse(Step step, int id) {
    return new AddedToken(step, id);
  }
}
