package dev.litebert.tokenizer;

import java.util.Arrays;

/** The code points that replace a code point, for those that are replaced. Immutable. */
final class CharMap {
  private final CharTable slots;
  private final int[] ends;
  private final int[] values;

  private CharMap(CharTable slots, int[] ends, int[] values) {
    this.slots = slots;
    this.ends = ends;
    this.values = values;
  }

  /** The maps of those names as one: each holds other code points, or the last one counts. */
  static CharMap read(String... names) {
    CharTable.Builder slots = new CharTable.Builder();
    int[] ends = new int[4096]; // of the slots; slot 0 is that of what is not replaced
    int[] values = new int[8192];
    int slot = 0;
    int end = 0;
    for (String name : names) {
      TableReader reader = new TableReader(name);
      for (int point = 0; reader.more(); ) {
        point += reader.next();
        int count = reader.next();
        if (++slot == ends.length) {
          ends = Arrays.copyOf(ends, slot * 2);
        }
        if (end + count > values.length) {
          values = Arrays.copyOf(values, values.length * 2);
        }
        int value = point;
        for (int i = 0; i < count; i++) {
          value += reader.nextSigned();
          values[end++] = value;
        }
        ends[slot] = end;
        slots.fill(point, point + 1, slot);
      }
    }
    return new CharMap(slots.build(), Arrays.copyOf(ends, slot + 1), Arrays.copyOf(values, end));
  }

  /** The slot of what replaces a code point; 0 where nothing does. */
  int slot(int point) {
    return slots.get(point);
  }

  /** The index of the first code point of a slot, for {@link #value}. */
  int start(int slot) {
    return ends[slot - 1];
  }

  /** The index after the last code point of a slot. */
  int end(int slot) {
    return ends[slot];
  }

  /** The code point at an index. */
  int value(int index) {
    return values[index];
  }
}
