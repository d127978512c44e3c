package dev.litebert.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The pieces whose scores have the largest sum; characters that no piece covers are unknown.
 *
 * <p>Read: huggingface/tokenizers, src/models/unigram/model.rs (encode_optimized, tokenize).
 */
final class Unigram extends PieceModel {
  private static final double UNKNOWN_PENALTY = 10;

  private final PieceTable pieces;
  private final int unknown;
  private final double unknownScore;
  private final ByteFallback bytes; // null without

  /**
   * @param pieces the vocabulary.
   * @param unknown the piece for characters that no piece covers.
   * @param fallback whether these become pieces of one byte each, where there are such.
   */
  Unigram(PieceTable pieces, int unknown, boolean fallback) {
    this.pieces = pieces;
    this.unknown = unknown;
    double least = Double.POSITIVE_INFINITY;
    for (int piece = 0; piece < pieces.size(); piece++) {
      least = Math.min(least, pieces.score(piece));
    }
    unknownScore = least - UNKNOWN_PENALTY;
    bytes = fallback ? new ByteFallback(pieces) : null;
  }

  @Override
  Cutter cutter() {
    return new BestCutter();
  }

  private final class BestCutter implements Cutter {
    private double[] scores = new double[64]; // of the best pieces up to each place
    private int[] starts = new int[64]; // of the last of these pieces
    private int[] found = new int[64]; // that piece
    private int[] path = new int[64]; // places between pieces, the last first

    @Override
    public void cut(Normalized text, int from, int to, Tokens out) {
      int length = to - from;
      if (scores.length <= length) {
        int size = Math.max(length + 1, 2 * scores.length);
        scores = new double[size];
        starts = new int[size];
        found = new int[size];
        path = new int[size];
      }
      Arrays.fill(starts, 0, length + 1, -1);
      scores[0] = 0;
      for (int start = 0; start < length; start++) {
        extend(text, from, start, length);
      }
      int places = 0;
      for (int end = length; end > 0; end = starts[end]) {
        path[places++] = end;
      }
      int start = 0;
      while (places > 0) {
        int end = path[--places];
        if (found[end] == unknown) {
          while (places > 0 && found[path[places - 1]] == unknown) {
            end = path[--places];
          }
          addUnknown(text, from + start, from + end, out);
        } else {
          int piece = found[end];
          int last = from + end - 1;
          out.add(pieces.idOf(piece), text.starts[from + start], text.ends[last], piece);
        }
        start = end;
      }
    }

    /** Tries all pieces that start at a place. */
    private void extend(Normalized text, int from, int start, int length) {
      boolean hasSingle = false;
      int hash = PieceTable.START;
      for (int end = start + 1; end <= length; end++) {
        hash = PieceTable.step(hash, text.points[from + end - 1]);
        if (!pieces.mayStart(hash)) {
          break;
        }
        int piece = pieces.find(PieceTable.NO_HEAD, text.points, from + start, from + end, hash);
        if (piece >= 0) {
          offer(start, end, piece, pieces.score(piece));
          hasSingle |= end == start + 1;
        }
      }
      if (!hasSingle) {
        offer(start, start + 1, unknown, unknownScore);
      }
    }

    private void offer(int start, int end, int piece, double score) {
      double sum = score + scores[start];
      if (starts[end] < 0 || sum > scores[end]) {
        scores[end] = sum;
        starts[end] = start;
        found[end] = piece;
      }
    }

    /** Adds characters in a row that no piece covers: as a whole they may be a piece after all. */
    private void addUnknown(Normalized text, int from, int to, Tokens out) {
      int start = text.starts[from];
      int end = text.ends[to - 1];
      int piece = pieces.find(text.points, from, to);
      if (piece >= 0) {
        out.add(pieces.idOf(piece), start, end, piece);
        return;
      }
      if (bytes != null) {
        byte[] utf8 = new String(text.points, from, to - from).getBytes(StandardCharsets.UTF_8);
        if (bytes.hasAll(utf8)) {
          for (byte each : utf8) {
            out.add(pieces.idOf(bytes.piece(each & 0xFF)), start, end, bytes.piece(each & 0xFF));
          }
          return;
        }
      }
      out.addStretch(
          pieces.idOf(unknown),
          start,
          end,
          Spaces.before(text, from, to),
          Spaces.behind(text, from, to));
    }
  }
}
