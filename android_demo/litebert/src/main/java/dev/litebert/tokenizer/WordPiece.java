package dev.litebert.tokenizer;

import java.util.Arrays;

/**
 * The longest piece that fits, again and again; a word that cannot be cut so is unknown.
 *
 * <p>Read: huggingface/tokenizers, src/models/wordpiece/mod.rs.
 */
final class WordPiece extends PieceModel {

  private final PieceTable pieces;
  private final int unknown;
  private final char[] prefix;
  private final int prefixHash;
  private final int most;

  /**
   * @param pieces the vocabulary.
   * @param unknown the piece for unknown words.
   * @param prefix the mark of pieces that continue a word.
   * @param most the most code points of a word; longer ones are unknown.
   */
  WordPiece(PieceTable pieces, int unknown, String prefix, int most) {
    this.pieces = pieces;
    this.unknown = unknown;
    this.prefix = prefix.toCharArray();
    this.prefixHash = PieceTable.hash(prefix);
    this.most = most;
  }

  @Override
  Cutter cutter() {
    return new WordCutter();
  }

  private final class WordCutter implements Cutter {
    private int[] hashes = new int[64];

    @Override
    public void cut(Normalized text, int from, int to, Tokens out) {
      int before = out.length;
      if (to - from > most || !cutKnown(text, from, to, out)) {
        out.length = before;
        out.add(pieces.idOf(unknown), text.starts[from], text.ends[to - 1], unknown);
      }
    }

    private boolean cutKnown(Normalized text, int from, int to, Tokens out) {
      if (hashes.length < to - from) {
        hashes = Arrays.copyOf(hashes, Math.max(to - from, 2 * hashes.length));
      }
      for (int start = from; start < to; ) {
        char[] head = start == from ? PieceTable.NO_HEAD : prefix;
        int end = start;
        int hash = start == from ? PieceTable.START : prefixHash;
        while (end < to) {
          hash = PieceTable.step(hash, text.points[end]);
          if (!pieces.mayStart(hash)) {
            break;
          }
          hashes[end++ - from] = hash;
        }
        int piece = -1;
        while (end > start && piece < 0) {
          piece = pieces.find(head, text.points, start, end, hashes[end - 1 - from]);
          end -= piece < 0 ? 1 : 0;
        }
        if (piece < 0) {
          return false;
        }
        out.add(pieces.idOf(piece), text.starts[start], text.ends[end - 1], piece);
        start = end;
      }
      return true;
    }
  }
}
