package dev.litebert.engine;

/**
 * What a graph is given for one text: int32 [1, tokens] by name, and thresholds for the layout
 * branched.
 */
public final class Feeds {
  private final int[] inputIds;
  private final int[] attentionMask;
  private final int[] tokenTypeIds;
  private final float[] thresholds;

  /** The arrays are not copied; {@code thresholds} is null but for the layout branched. */
  public Feeds(int[] inputIds, int[] attentionMask, int[] tokenTypeIds, float[] thresholds) {
    this.inputIds = inputIds;
    this.attentionMask = attentionMask;
    this.tokenTypeIds = tokenTypeIds;
    this.thresholds = thresholds;
  }

  /** The number of tokens, padding included. */
  public int tokens() {
    return inputIds.length;
  }

  /** The ids under a graph input's name, not to be changed; null where there are none. */
  public int[] ints(String name) {
    switch (name) {
      case "input_ids":
        return inputIds;
      case "attention_mask":
        return attentionMask;
      case "token_type_ids":
        return tokenTypeIds;
      default:
        return null;
    }
  }

  /** The input {@code thresholds} [exits − 1], not to be changed; null where there is none. */
  public float[] thresholds() {
    return thresholds;
  }
}
