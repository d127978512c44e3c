package dev.litebert.tokenizer;

import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.util.Arrays;

/**
 * The pieces of a vocabulary in flat arrays: text to number of the piece, and back.
 *
 * <p>250,000 pieces as a map of strings to boxed numbers take 40 MB, in these arrays 10. A piece is
 * found by a hash that grows character by character, so that all pieces that start at a place of a
 * text are found in one walk. The walk ends where no piece starts with what it has seen; a set of
 * bits says so, which errs only towards another step.
 */
final class PieceTable implements Vocabulary {
  /** The hash of no characters. */
  static final int START = 0;

  /** The start of a piece that is given by its code points alone. */
  static final char[] NO_HEAD = {};

  private static final int MULTIPLIER = 0x9E3779B1; // 2^32 divided by the golden ratio
  private static final int BITS_PER_PREFIX = 8;
  private static final int NO_ID = -1;
  private static final int[] NO_POINTS = {};

  private char[] chars = new char[1 << 12];
  private int[] ends = new int[1 << 10]; // the end of each piece in chars
  private int[] ids = new int[1 << 10];
  private double[] scores; // of Unigram only
  private int size;
  private int[] hashes;
  private int[] slots; // piece + 1, 0 where free
  private long[] prefixes;
  private long odd; // the first id that is below 0 or fits no int
  private boolean hasOdd;

  private PieceTable(boolean scored) {
    scores = scored ? new double[1 << 10] : null;
  }

  /** A table without pieces; see {@link #add} and {@link #close}. */
  static PieceTable empty(boolean scored) {
    return new PieceTable(scored);
  }

  /** Adds a piece with its id and, where the pieces are scored, its score. */
  void add(String piece, long id, double score) {
    int start = size == 0 ? 0 : ends[size - 1];
    int end = start + piece.length();
    if (end > chars.length) {
      chars = Arrays.copyOf(chars, Math.max(end, 2 * chars.length));
    }
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
      ids = Arrays.copyOf(ids, 2 * size);
      scores = scores == null ? null : Arrays.copyOf(scores, 2 * size);
    }
    piece.getChars(0, piece.length(), chars, start);
    ends[size] = end;
    ids[size] = id >= 0 && id <= Integer.MAX_VALUE ? (int) id : NO_ID;
    if (ids[size] == NO_ID && !hasOdd) {
      odd = id;
      hasOdd = true;
    }
    if (scores != null) {
      scores[size] = score;
    }
    size++;
  }

  /**
   * Ends the adding. Of two equal pieces the last counts, as in the tokenizers library.
   *
   * @param unique whether two equal pieces are refused.
   * @throws JsonException they are refused.
   */
  void close(boolean unique) throws JsonException {
    chars = Arrays.copyOf(chars, size == 0 ? 0 : ends[size - 1]);
    ends = Arrays.copyOf(ends, size);
    ids = Arrays.copyOf(ids, size);
    scores = scores == null ? null : Arrays.copyOf(scores, size);
    hashes = new int[size];
    slots = new int[Math.max(2, Integer.highestOneBit(Math.max(1, size)) << 2)];
    int bits = Math.max(Long.SIZE, Integer.highestOneBit(chars.length + 1) * BITS_PER_PREFIX);
    prefixes = new long[bits / Long.SIZE];
    for (int piece = 0; piece < size; piece++) {
      int hash = START;
      for (int at = start(piece); at < ends[piece]; ) {
        int point = Character.codePointAt(chars, at, ends[piece]);
        at += Character.charCount(point);
        hash = step(hash, point);
        prefixes[word(hash)] |= 1L << hash;
      }
      hashes[piece] = hash;
      insert(piece, unique);
    }
  }

  private void insert(int piece, boolean unique) throws JsonException {
    int slot = slot(hashes[piece]);
    while (slots[slot] != 0) {
      int other = slots[slot] - 1;
      if (hashes[other] == hashes[piece] && text(other).equals(text(piece))) {
        if (unique) {
          throw StrictJson.twice(text(piece));
        }
        break;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    slots[slot] = piece + 1;
  }

  /** The hash of a text with one more character. */
  static int step(int hash, int point) {
    int next = (hash ^ point) * MULTIPLIER;
    return next ^ (next >>> 15);
  }

  /** The hash of a text. */
  static int hash(String text) {
    int hash = START;
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      hash = step(hash, point);
    }
    return hash;
  }

  private int slot(int hash) {
    return (hash * MULTIPLIER) >>> Integer.numberOfLeadingZeros(slots.length - 1);
  }

  private int word(int hash) {
    return (hash >>> 6) & (prefixes.length - 1);
  }

  /** Whether a piece may start with a text of this hash; if not, none does. */
  boolean mayStart(int hash) {
    return (prefixes[word(hash)] & (1L << hash)) != 0;
  }

  /**
   * The number of a piece; −1 where there is none.
   *
   * @param head the start of the piece.
   * @param points the rest of the piece: the code points {@code from} to {@code to} − 1.
   * @param hash the hash of the piece.
   */
  int find(char[] head, int[] points, int from, int to, int hash) {
    int slot = slot(hash);
    while (slots[slot] != 0) {
      int piece = slots[slot] - 1;
      if (hashes[piece] == hash && isAt(piece, head, points, from, to)) {
        return piece;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return -1;
  }

  private boolean isAt(int piece, char[] head, int[] points, int from, int to) {
    int at = start(piece);
    int end = ends[piece];
    if (end - at < head.length + to - from) {
      return false;
    }
    for (char each : head) {
      if (chars[at++] != each) {
        return false;
      }
    }
    for (int i = from; i < to; i++) {
      int point = points[i];
      if (at == end) {
        return false;
      }
      if (point < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
        if (chars[at++] != point) {
          return false;
        }
      } else if (at + 1 == end
          || chars[at++] != Character.highSurrogate(point)
          || chars[at++] != Character.lowSurrogate(point)) {
        return false;
      }
    }
    return at == end;
  }

  /** The number of the piece of the code points {@code from} to {@code to} − 1; −1 without one. */
  int find(int[] points, int from, int to) {
    int hash = START;
    for (int i = from; i < to; i++) {
      hash = step(hash, points[i]);
    }
    return find(NO_HEAD, points, from, to, hash);
  }

  /** The number of a piece; −1 where there is none. */
  int find(String piece) {
    return find(piece.toCharArray(), NO_POINTS, 0, 0, hash(piece));
  }

  private int start(int piece) {
    return piece == 0 ? 0 : ends[piece - 1];
  }

  /** The text of a piece. */
  String text(int piece) {
    return new String(chars, start(piece), ends[piece] - start(piece));
  }

  /** The number of spaces at the start of a piece, see {@link Spaces}. */
  int spacesBefore(int piece) {
    int at = start(piece);
    while (at < ends[piece] && Spaces.isSpace(chars[at])) {
      at++;
    }
    return at - start(piece);
  }

  /** The number of spaces at the end of a piece. */
  int spacesBehind(int piece) {
    int at = ends[piece];
    while (at > start(piece) && Spaces.isSpace(chars[at - 1])) {
      at--;
    }
    return ends[piece] - at;
  }

  /** The id of a piece. */
  int idOf(int piece) {
    return ids[piece];
  }

  /** The score of a piece of Unigram. */
  double score(int piece) {
    return scores[piece];
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int id(String token) {
    int piece = find(token);
    return piece < 0 ? -1 : ids[piece];
  }

  @Override
  public String outside(long most) {
    int piece = firstOutside(most);
    return piece < 0 ? null : text(piece);
  }

  @Override
  public long idOutside(long most) {
    int piece = firstOutside(most);
    return ids[piece] == NO_ID ? odd : ids[piece];
  }

  private int firstOutside(long most) {
    for (int piece = 0; piece < size; piece++) {
      if (ids[piece] < 0 || ids[piece] >= most) {
        return piece;
      }
    }
    return -1;
  }

  @Override
  public boolean sharesIds() {
    int[] sorted = ids.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < size; i++) {
      if (sorted[i] == sorted[i - 1] && sorted[i] != NO_ID) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String longest() {
    int most = -1;
    int found = -1;
    for (int piece = 0; piece < size; piece++) {
      int from = start(piece);
      int length = ends[piece] - from; // at least as many as code points
      if (length > most) {
        length = Character.codePointCount(chars, from, length);
        if (length > most) {
          most = length;
          found = piece;
        }
      }
    }
    return found < 0 ? "" : text(found);
  }
}
