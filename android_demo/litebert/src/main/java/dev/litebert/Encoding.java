package dev.litebert;

/** The token ids of one text or pair, as the network reads them; mirrors {@code Encoding} of {@code tokenizer.py}. */
public final class Encoding {
  private final int[] inputIds;
  private final int[] tokenTypeIds;
  private final int[] offsets;
  private final boolean truncated;

  /** The arrays are not copied: the caller gives them away. */
  public Encoding(int[] inputIds, int[] tokenTypeIds, int[] offsets, boolean truncated) {
    this.inputIds = inputIds;
    this.tokenTypeIds = tokenTypeIds;
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

  /** [tokens] 1 in the second text of a pair, else 0. */
  public int[] tokenTypeIds() {
    return tokenTypeIds.clone();
  }

  /**
   * [tokens × 2] the place of each token in its text: {@code text.substring(offsets[2 * i], offsets[2
   * * i + 1])}. Both are 0 for special tokens.
   */
  public int[] offsets() {
    return offsets.clone();
  }

  /** Whether text beyond the limit was cut off. */
  public boolean truncated() {
    return truncated;
  }
}
