package dev.litebert.tokenizer;

/** The options of a BPE model. */
final class BpeOptions {
  /** The piece for characters that the vocabulary lacks; −1: they are left out. */
  final int unknown;

  /** The mark of pieces that continue a word. */
  final String prefix;

  /** The mark of pieces that end a word. */
  final String suffix;

  /** Whether unknown characters in a row are one token. */
  final boolean fusesUnknown;

  /** Whether unknown characters become pieces of one byte each, where there are such. */
  final boolean fallback;

  /** Whether a word that is a piece is left whole. */
  final boolean ignoresMerges;

  BpeOptions(
      int unknown,
      String prefix,
      String suffix,
      boolean fusesUnknown,
      boolean fallback,
      boolean ignoresMerges) {
    this.unknown = unknown;
    this.prefix = prefix;
    this.suffix = suffix;
    this.fusesUnknown = fusesUnknown;
    this.fallback = fallback;
    this.ignoresMerges = ignoresMerges;
  }
}
