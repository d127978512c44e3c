package dev.litebert.tokenizer;

import java.util.Arrays;

/** A small number for every code point; 0 for most. Immutable: threads may share it. */
final class CharTable {
  private static final int BLOCK = 256;
  private static final int POINTS = 0x110000;

  private final int[] index;
  private final char[] blocks;
  private final int mask; // the bits of the numbers that count

  private CharTable(int[] index, char[] blocks, int mask) {
    this.index = index;
    this.blocks = blocks;
    this.mask = mask;
  }

  /** The table of that name: runs of code points, each its length and its number. */
  static CharTable read(String name) {
    TableReader reader = new TableReader(name);
    Builder builder = new Builder();
    for (int point = 0; reader.more(); ) {
      int end = point + reader.next();
      builder.fill(point, end, reader.next());
      point = end;
    }
    return builder.build();
  }

  /** The same table with one bit of its numbers alone. */
  CharTable bit(int bit) {
    return new CharTable(index, blocks, 1 << bit);
  }

  /** The number of a code point. */
  int get(int point) {
    return blocks[index[point >> 8] + (point & 0xFF)] & mask;
  }

  /** Whether the number of a code point is not 0. */
  boolean has(int point) {
    return get(point) != 0;
  }

  /** Makes a table; blocks that have one number throughout are shared. */
  static final class Builder {
    private final int[] index = new int[POINTS / BLOCK];
    private final boolean[] own = new boolean[POINTS / BLOCK];
    private char[] blocks = new char[16 * BLOCK];
    private int used = BLOCK;
    private int uniform;
    private int uniformNumber;

    /** Gives the code points from {@code start} to before {@code end} a number below 65,536. */
    void fill(int start, int end, int number) {
      int point = start;
      while (point < end) {
        int block = point / BLOCK;
        if (point % BLOCK == 0 && end - point >= BLOCK && !own[block]) {
          index[block] = uniform(number);
          point += BLOCK;
        } else if (number == 0) {
          point = Math.min(end, (block + 1) * BLOCK);
        } else {
          int first = own(block);
          blocks[first + point % BLOCK] = (char) number;
          point++;
        }
      }
    }

    private int uniform(int number) {
      if (number != uniformNumber) {
        uniform = add();
        uniformNumber = number;
        Arrays.fill(blocks, uniform, uniform + BLOCK, (char) number);
      }
      return uniform;
    }

    private int own(int block) {
      if (!own[block]) {
        own[block] = true;
        index[block] = add();
      }
      return index[block];
    }

    private int add() {
      if (used == blocks.length) {
        blocks = Arrays.copyOf(blocks, used * 2);
      }
      int start = used;
      used += BLOCK;
      return start;
    }

    CharTable build() {
      return new CharTable(index, Arrays.copyOf(blocks, used), 0xFFFF);
    }
  }
}
