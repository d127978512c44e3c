package dev.litebert;

/**
 * The token ids of one text or pair, as the network reads them; mirrors {@code Encoding} of {@code
 * tokenizer.py}.
 */
public final class Encoding {
  private final int[] inputIds;
  private final int[] tokenTypeIds;
  private final int[] texts;
  private final int[] offsets;
  private final boolean truncated;

  /** The arrays are not copied: the caller gives them away. */
  public Encoding(
      int[] inputIds, int[] tokenTypeIds, int[] texts, int[] offsets, boolean truncated) {
    this.inputIds = inputIds;
    this.tokenTypeIds = tokenTypeIds;
    this.texts = texts;
    this.offsets = offsets;
    this.truncated = truncated;
  }

  /** The number of tokens, special tokens included. */
  public int tokens() {
    return inputIds.length;
  }

  /** [tokens] ids. */
  public int[] inputIds() {
    return inputIds.clone();
  }

  /**
   * [tokens] the type that the network gets: where it knows two, 1 in the second text of a pair.
   */
  public int[] tokenTypeIds() {
    return tokenTypeIds.clone();
  }

  /**
   * [tokens] the text that a token is of: 0, or 1 for the second of a pair; −1 for special tokens.
   */
  public int[] texts() {
    return texts.clone();
  }

  /**
   * [tokens × 2] the place of each token in its text, in UTF-16 indexes: {@code
   * text.substring(offsets[2 * i], offsets[2 * i + 1])}. Both are 0 for special tokens.
   */
  public int[] offsets() {
    return offsets.clone();
  }

  /** Whether text beyond the limit was cut off. */
  public boolean truncated() {
    return truncated;
  }
}
