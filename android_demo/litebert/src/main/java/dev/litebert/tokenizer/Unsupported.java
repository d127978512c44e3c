package dev.litebert.tokenizer;

import dev.litebert.json.Repr;

/** A tokenizer.json asks for a step that the tokenizers library has and this runtime has not. */
final class Unsupported extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 40;

  /** The message says what was found and what was expected; the file and the cure are added. */
  Unsupported(String message) {
    super(message);
  }

  /**
   * The error for a step of a type that we do not have.
   *
   * @param field the field of the file that holds it.
   * @param type its type.
   * @param known the types that we have.
   */
  static Unsupported step(String field, String type, String known) {
    return new Unsupported("its " + field + " is " + Repr.of(type, SHOWN) + ", expected " + known);
  }
}
