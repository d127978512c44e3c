package dev.litebert.tokenizer;

import dev.litebert.json.Repr;

/** Errors for what the tokenizers library does and this runtime does not. */
final class Unsupported {
  private static final int SHOWN = 40;

  private Unsupported() {}

  /**
   * The error for a step of a type that we do not have.
   *
   * @param field the field of the file that holds it.
   * @param type its type.
   * @param known the types that we have.
   */
  static IllegalArgumentException step(String field, String type, String known) {
    return new IllegalArgumentException(
        "its "
            + field
            + " has the type "
            + Repr.of(type, SHOWN)
            + ", which LiteBERT for Java does not have, expected one of "
            + known);
  }
}
