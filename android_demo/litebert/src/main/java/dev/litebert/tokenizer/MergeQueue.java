package dev.litebert.tokenizer;

import java.util.Arrays;

/** Merges that wait, the one of the lowest rank first, of equal ranks the leftmost: a heap. */
final class MergeQueue {
  private long[] heap = new long[64]; // rank, then place
  private int length;

  static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  static int place(long merge) {
    return (int) merge;
  }

  void clear() {
    length = 0;
  }

  boolean isEmpty() {
    return length == 0;
  }

  void push(int rank, int place) {
    if (length == heap.length) {
      heap = Arrays.copyOf(heap, 2 * length);
    }
    long merge = ((long) rank << 32) | place;
    int at = length++;
    while (at > 0 && heap[(at - 1) / 2] > merge) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = merge;
  }

  long pop() {
    long top = heap[0];
    long last = heap[--length];
    int at = 0;
    for (int child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
