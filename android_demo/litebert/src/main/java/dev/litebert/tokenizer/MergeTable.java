package dev.litebert.tokenizer;

/** The merges of a BPE model: two pieces to the rank of their merge, and that to its product. */
final class MergeTable {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // 2^64 divided by the golden ratio

  private final long[] keys; // both pieces + 1, 0 where free
  private final int[] ranks;
  private final int[] products;

  /**
   * @param merges the merges by rank.
   * @param pieces the vocabulary.
   * @param prefix the mark of pieces that continue a word, which a merge cuts off its second piece.
   * @throws IllegalArgumentException a piece of a merge is not in the vocabulary.
   */
  MergeTable(Merges merges, PieceTable pieces, String prefix) {
    int slots = Integer.highestOneBit(Math.max(1, merges.size())) << 2;
    keys = new long[slots];
    ranks = new int[slots];
    products = new int[merges.size()];
    for (int rank = 0; rank < merges.size(); rank++) {
      String left = merges.left(rank);
      String right = merges.right(rank);
      if (!right.startsWith(prefix)) {
        throw new IllegalArgumentException("a merge whose second token lacks the prefix");
      }
      products[rank] = known(pieces, left + right.substring(prefix.length()));
      put(known(pieces, left), known(pieces, right), rank);
    }
  }

  private static int known(PieceTable pieces, String text) {
    int piece = pieces.find(text);
    if (piece < 0) {
      throw new IllegalArgumentException(
          "Token `" + text + "` out of vocabulary"); // as the library
    }
    return piece;
  }

  /** Of two merges of the same pieces the last counts, as in the library. */
  private void put(int left, int right, int rank) {
    int slot = slot(left, right);
    keys[slot] = key(left, right);
    ranks[slot] = rank;
  }

  /** The rank of the merge of two pieces; −1 where there is none. */
  int rank(int left, int right) {
    int slot = slot(left, right);
    return keys[slot] == 0 ? -1 : ranks[slot];
  }

  /** The piece that a merge makes. */
  int product(int rank) {
    return products[rank];
  }

  private static long key(int left, int right) {
    return (((long) left + 1) << 32) | right;
  }

  private int slot(int left, int right) {
    long key = key(left, right);
    int slot = (int) ((key * MULTIPLIER) >>> 33) & (keys.length - 1);
    while (keys[slot] != 0 && keys[slot] != key) {
      slot = (slot + 1) & (keys.length - 1);
    }
    return slot;
  }
}
