package dev.litebert.tokenizer;

import java.util.Arrays;

/** Code points with the change that {@link Normalized#put} takes; room that is used again. */
final class Changes {
  private static final int FEW = 32;

  int[] points = new int[64];
  int[] changes = new int[64];
  int length;

  void add(int point, int change) {
    if (length == points.length) {
      points = Arrays.copyOf(points, length * 2);
      changes = Arrays.copyOf(changes, length * 2);
    }
    points[length] = point;
    changes[length++] = change;
  }

  /** Sorts from {@code start} to the end by the class of each; equal ones keep their order. */
  void sort(int start, CharTable classes) {
    if (length - start > FEW) {
      sortMany(start, classes);
      return;
    }
    for (int i = start + 1; i < length; i++) {
      int point = points[i];
      int change = changes[i];
      int number = classes.get(point);
      int place = i;
      while (place > start && classes.get(points[place - 1]) > number) {
        points[place] = points[place - 1];
        changes[place] = changes[place - 1];
        place--;
      }
      points[place] = point;
      changes[place] = change;
    }
  }

  /** In steps of n log n: a text may be one long row of marks. */
  private void sortMany(int start, CharTable classes) {
    int[] oldPoints = Arrays.copyOfRange(points, start, length);
    int[] oldChanges = Arrays.copyOfRange(changes, start, length);
    long[] order = new long[length - start];
    for (int i = 0; i < order.length; i++) {
      order[i] = (long) classes.get(oldPoints[i]) << 32 | i;
    }
    Arrays.sort(order);
    for (int i = 0; i < order.length; i++) {
      points[start + i] = oldPoints[(int) order[i]];
      changes[start + i] = oldChanges[(int) order[i]];
    }
  }
}
