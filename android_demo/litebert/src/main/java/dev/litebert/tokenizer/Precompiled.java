package dev.litebert.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The character map of a SentencePiece model: a short grapheme cluster is replaced as a whole where
 * the map knows its beginning, and else each of its characters that the map knows.
 *
 * <p>Read: huggingface/tokenizers, src/normalizers/precompiled.rs; huggingface/spm_precompiled,
 * src/lib.rs.
 */
final class Precompiled extends Normalizer {
  private static final int ASCII = 0x80;
  private static final int LONGEST = 5; // bytes of a cluster that is looked up as a whole
  private static final int UNKNOWN = -1;
  private static final int LEAF = 1 << 8;

  private final Graphemes graphemes = new Graphemes();
  private final int[] trie;
  private final byte[] contents; // UTF-8
  private final boolean[] plain = new boolean[ASCII]; // what the map does not know

  /**
   * The bytes in the text of {@code precompiled_charsmap}.
   *
   * @throws IllegalArgumentException it is no Base64.
   */
  static byte[] decoded(String charsmap) {
    byte[] content = Base64.getDecoder().decode(charsmap);
    if (!Base64.getEncoder().encodeToString(content).equals(charsmap)) { // without its padding
      throw damaged();
    }
    return content;
  }

  /**
   * The map in the bytes of {@code precompiled_charsmap}: the number of bytes of a trie, the trie
   * in units of four bytes, and what it points to, each ended by a zero byte.
   *
   * @throws IllegalArgumentException it is none.
   */
  Precompiled(byte[] map) {
    ByteBuffer buffer = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
    int units = map.length < 4 ? -1 : buffer.getInt() >>> 2;
    if (units < 0 || units > buffer.remaining() / 4) {
      throw damaged();
    }
    trie = new int[units];
    buffer.asIntBuffer().get(trie);
    buffer.position(buffer.position() + 4 * units);
    contents = new byte[buffer.remaining()];
    buffer.get(contents);
    if (!isUtf8(contents) || !leadsInside()) {
      throw damaged();
    }
    for (int point = 0; point < ASCII; point++) {
      plain[point] = point != '\r' && find(new int[] {point}, 0, 1) == UNKNOWN;
    }
  }

  private static boolean isUtf8(byte[] content) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
      return true;
    } catch (CharacterCodingException error) {
      return false;
    }
  }

  /** Whether each unit of the trie leads to units of it, and to the start of a character. */
  private boolean leadsInside() {
    for (int node = 0; node < trie.length; node++) {
      if (trie[node] >= 0) { // else it is a place in the contents
        int next = node ^ offset(trie[node]);
        if ((next | 0xFF) >= trie.length) {
          return false;
        }
        int place = trie[next] & Integer.MAX_VALUE;
        if ((trie[node] & LEAF) != 0
            && (place > contents.length
                || (place < contents.length && (contents[place] & 0xC0) == 0x80))) {
          return false;
        }
      }
    }
    return trie.length > 0;
  }

  private static IllegalArgumentException damaged() {
    return new IllegalArgumentException("its precompiled_charsmap is damaged");
  }

  @Override
  void apply(Normalized text) {
    int first = 0;
    while (first < text.length && isPlain(text, first)) {
      first++;
    }
    if (first == text.length) {
      return;
    }
    text.begin();
    for (int i = 0; i < text.length; ) {
      if (i < first || isPlain(text, i)) {
        text.put(text.points[i++], 0);
      } else {
        i = replaceCluster(text, i);
      }
    }
    text.finish();
  }

  /** Whether a character stays, and is a cluster: what comes next cannot be a mark of it. */
  private boolean isPlain(Normalized text, int at) {
    int point = text.points[at];
    return point < ASCII && plain[point] && (at + 1 == text.length || text.points[at + 1] < ASCII);
  }

  private int replaceCluster(Normalized text, int start) {
    int end = graphemes.end(text.points, start, text.length);
    int size = 0;
    for (int i = start; i < end && size <= LONGEST; i++) {
      size += Utf8.length(text.points[i]);
    }
    if (end - start > 1 && size <= LONGEST) {
      int found = find(text.points, start, end);
      if (found != UNKNOWN) {
        replace(text, end - start, found);
        return end;
      }
    }
    for (int i = start; i < end; i++) {
      int found = find(text.points, i, i + 1);
      if (found == UNKNOWN) {
        text.put(text.points[i], 0);
      } else {
        replace(text, 1, found);
      }
    }
    return end;
  }

  /** Puts what is at a place of the contents for the next {@code old} code points. */
  private void replace(Normalized text, int old, int place) {
    int count = 0;
    for (int at = place; at < contents.length && contents[at] != 0; ) {
      int lead = contents[at++];
      int point = lead;
      if (lead < 0) {
        int more = lead < (byte) 0xE0 ? 1 : lead < (byte) 0xF0 ? 2 : 3;
        point = lead & (0x3F >> more);
        for (int i = 0; i < more; i++) {
          point = point << 6 | (contents[at++] & 0x3F);
        }
      }
      text.put(point, count >= old ? 1 : 0);
      count++;
    }
    if (count < old) {
      text.drop(old - count);
    }
  }

  /** Where the replacement of the first known beginning of some characters is, or UNKNOWN. */
  private int find(int[] points, int start, int end) {
    int node = offset(trie[0]);
    for (int i = start; i < end; i++) {
      int point = points[i];
      int length = Utf8.length(point);
      for (int at = 0; at < length; at++) {
        int label = Utf8.at(point, length, at);
        if (label == 0) {
          return UNKNOWN;
        }
        node ^= label;
        int unit = trie[node];
        if ((unit & (1 << 31 | 0xFF)) != label) {
          return UNKNOWN;
        }
        node ^= offset(unit);
        if ((unit & LEAF) != 0) {
          return trie[node] & Integer.MAX_VALUE;
        }
      }
    }
    return UNKNOWN;
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
  }
}
