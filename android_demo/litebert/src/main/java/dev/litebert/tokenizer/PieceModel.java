package dev.litebert.tokenizer;

/** Cuts a word into pieces of a vocabulary. Immutable: threads may share it. */
abstract class PieceModel {
  /** Cuts words; it has buffers of its own, so that each thread needs another one. */
  interface Cutter {
    /**
     * Adds the tokens of the code points {@code from} to {@code to} − 1, at least one, of a text.
     */
    void cut(Normalized text, int from, int to, Tokens out);
  }

  abstract Cutter cutter();
}
