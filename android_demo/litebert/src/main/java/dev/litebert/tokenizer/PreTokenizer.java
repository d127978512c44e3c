package dev.litebert.tokenizer;

/** Cuts a text into words. Immutable: threads may share it. */
abstract class PreTokenizer {
  /** Cuts each word further, and may rewrite it. */
  abstract void apply(Splits words);
}
