package dev.litebert.tokenizer;

/**
 * Rewrites a text before it is split; each code point keeps the stretch of the text that it comes
 * from. Immutable: threads may share it.
 */
abstract class Normalizer {
  /** Rewrites the text in place. */
  abstract void apply(Normalized text);
}
