package dev.litebert.tokenizer;

import java.util.Arrays;

/**
 * Byte pair encoding: single characters, joined by the merge of the lowest rank until none applies.
 *
 * <p>Read: huggingface/tokenizers, src/models/bpe/model.rs (merge_word), word.rs (merge_all).
 */
final class Bpe extends PieceModel {
  private static final int DIRECT = 512; // the characters of ByteLevel are below

  private final PieceTable pieces;
  private final MergeTable merges;
  private final BpeOptions options;
  private final int[] direct = new int[DIRECT]; // the piece of a character inside a word
  private final ByteFallback bytes; // null without

  Bpe(PieceTable pieces, MergeTable merges, BpeOptions options) {
    this.pieces = pieces;
    this.merges = merges;
    this.options = options;
    bytes = options.fallback ? new ByteFallback(pieces) : null;
    for (int point = 0; point < DIRECT; point++) {
      direct[point] = pieces.find(options.prefix + (char) point);
    }
  }

  @Override
  Cutter cutter() {
    return new MergeCutter();
  }

  private final class MergeCutter implements Cutter {
    private int[] symbols = new int[64]; // pieces
    private int[] bytesOf = new int[64]; // their lengths in UTF-8; 0 once merged into another
    private int[] previous = new int[64];
    private int[] next = new int[64];
    private int length;
    private final MergeQueue queue = new MergeQueue();

    @Override
    public void cut(Normalized text, int from, int to, Tokens out) {
      if (options.ignoresMerges) {
        int piece = pieces.find(text.points, from, to);
        if (piece >= 0) {
          out.add(pieces.idOf(piece), text.starts[from], text.ends[to - 1], piece);
          return;
        }
      }
      length = 0;
      addSymbols(text.points, from, to);
      merge();
      addTokens(text, from, out);
    }

    /** The characters of a word; those that are no pieces are unknown, or left out. */
    private void addSymbols(int[] points, int from, int to) {
      int unknownBytes = 0;
      for (int i = from; i < to; i++) {
        int size = Utf8.length(points[i]);
        int piece = symbol(points, i, i == from, i == to - 1);
        if (piece >= 0) {
          if (unknownBytes > 0) {
            add(options.unknown, unknownBytes);
            unknownBytes = 0;
          }
          add(piece, size);
        } else if (!addBytes(points[i]) && options.unknown >= 0) {
          if (unknownBytes > 0 && !options.fusesUnknown) {
            add(options.unknown, unknownBytes);
            unknownBytes = 0;
          }
          unknownBytes += size;
        }
      }
      if (unknownBytes > 0) {
        add(options.unknown, unknownBytes);
      }
    }

    private int symbol(int[] points, int at, boolean isFirst, boolean isLast) {
      int point = points[at];
      boolean hasPrefix = !isFirst && !options.prefix.isEmpty();
      boolean hasSuffix = isLast && !options.suffix.isEmpty();
      if (hasSuffix || (isFirst && !options.prefix.isEmpty())) {
        String text = new String(points, at, 1);
        return pieces.find(
            (hasPrefix ? options.prefix : "") + text + (hasSuffix ? options.suffix : ""));
      }
      if (point < DIRECT) {
        return direct[point];
      }
      if (hasPrefix) {
        return pieces.find(options.prefix + new String(points, at, 1));
      }
      return pieces.find(points, at, at + 1);
    }

    /** Adds a byte each; an unknown character before these comes behind them, as in the library. */
    private boolean addBytes(int point) {
      if (bytes == null) {
        return false;
      }
      int size = Utf8.length(point);
      for (int i = 0; i < size; i++) {
        if (bytes.piece(Utf8.at(point, size, i)) < 0) {
          return false;
        }
      }
      for (int i = 0; i < size; i++) {
        add(bytes.piece(Utf8.at(point, size, i)), 1);
      }
      return true;
    }

    private void add(int piece, int size) {
      if (length == symbols.length) {
        symbols = Arrays.copyOf(symbols, 2 * length);
        bytesOf = Arrays.copyOf(bytesOf, 2 * length);
        previous = Arrays.copyOf(previous, 2 * length);
        next = Arrays.copyOf(next, 2 * length);
      }
      symbols[length] = piece;
      bytesOf[length] = size;
      previous[length] = length - 1;
      next[length] = -1;
      if (length > 0) {
        next[length - 1] = length;
      }
      length++;
    }

    private void merge() {
      queue.clear();
      for (int at = 0; at + 1 < length; at++) {
        offer(at, at + 1);
      }
      while (!queue.isEmpty()) {
        long top = queue.pop();
        int at = MergeQueue.place(top);
        int product = merges.product(MergeQueue.rank(top));
        if (bytesOf[at] == 0 || next[at] < 0) {
          continue;
        }
        int right = next[at];
        int rank = merges.rank(symbols[at], symbols[right]);
        if (rank < 0 || merges.product(rank) != product) {
          continue; // one of the two has been merged since
        }
        symbols[at] = product;
        bytesOf[at] += bytesOf[right];
        bytesOf[right] = 0;
        next[at] = next[right];
        if (next[at] >= 0) {
          previous[next[at]] = at;
          offer(at, next[at]);
        }
        if (previous[at] >= 0) {
          offer(previous[at], at);
        }
      }
    }

    private void offer(int left, int right) {
      int rank = merges.rank(symbols[left], symbols[right]);
      if (rank >= 0) {
        queue.push(rank, left);
      }
    }

    /**
     * The library counts the bytes of the pieces from the start of the word. Where it leaves
     * characters out, tokens have the places of earlier ones.
     */
    private void addTokens(Normalized text, int from, Tokens out) {
      int point = from;
      int before = 0; // bytes before that point
      int place = 0;
      for (int at = 0; at < length; at++) {
        if (bytesOf[at] == 0) {
          continue;
        }
        while (before + Utf8.length(text.points[point]) <= place) {
          before += Utf8.length(text.points[point++]);
        }
        int start = text.starts[point];
        place += bytesOf[at];
        while (before + Utf8.length(text.points[point]) < place) {
          before += Utf8.length(text.points[point++]);
        }
        out.add(pieces.idOf(symbols[at]), start, text.ends[point], symbols[at]);
      }
    }
  }
}
