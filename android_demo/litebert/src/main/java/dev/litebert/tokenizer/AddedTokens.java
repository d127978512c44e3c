package dev.litebert.tokenizer;

import dev.litebert.ArtifactException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The added tokens of a tokenizer.json, and where they are in a text.
 *
 * <p>Those that are not normalized are found in the text as it was given; each rest is normalized
 * alone, and the others are found in it.
 *
 * <p>Read: huggingface/tokenizers, src/tokenizer/added_vocabulary.rs.
 */
final class AddedTokens {
  private final TokenTrie plain = new TokenTrie();
  private final TokenTrie normalized = new TokenTrie();

  private final List<AddedToken> all = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();

  private AddedTokens() {}

  /** The objects of the field {@code added_tokens} of a tokenizer.json; null has none. */
  static List<Step> steps(Map<String, Object> body) {
    Object tokens = body.get("added_tokens");
    List<Step> found = new ArrayList<>();
    for (Object each :
        tokens == null ? Collections.emptyList() : Step.list(tokens, "added_tokens")) {
      found.add(Step.of(each, "an added token"));
    }
    return found;
  }

  /**
   * The tokens of the field {@code added_tokens}; null has none.
   *
   * @param pieces the model's vocabulary, whose tokens keep their ids. Others get the next ids, in
   *     the order of the file.
   * @throws IllegalArgumentException a token has another shape.
   */
  static AddedTokens parse(Map<String, Object> body, PieceTable pieces, Normalizer normalizer) {
    AddedTokens tokens = new AddedTokens();
    Map<Integer, AddedToken> byId = new LinkedHashMap<>();
    int next = pieces.size();
    for (Step step : steps(body)) {
      String content = step.text("content");
      Integer id = tokens.ids.get(content);
      if (id == null) {
        int piece = pieces.find(content);
        id = piece >= 0 ? pieces.idOf(piece) : next++;
      }
      AddedToken token = AddedToken.parse(step, id);
      tokens.all.add(token);
      if (!content.isEmpty()) {
        tokens.ids.put(content, id);
        byId.put(id, token);
      }
    }
    Normalized text = new Normalized();
    for (AddedToken token : byId.values()) {
      text.set(token.content);
      if (token.normalized) {
        normalizer.apply(text);
      }
      if (text.length > 0) { // else it is nowhere
        int[] points = Arrays.copyOf(text.points, text.length);
        (token.normalized ? tokens.normalized : tokens.plain).add(points, token);
      }
    }
    return tokens;
  }

  /** All of them, as the file lists them. */
  List<AddedToken> all() {
    return all;
  }

  /** The ids that the library gives them, by their contents. */
  Map<String, Integer> ids() {
    return ids;
  }

  /** Finds the tokens that are not normalized, and the text between. */
  void findPlain(Normalized text, Stretches out) {
    find(plain, text, out);
  }

  /** Finds the normalized tokens in a normalized text, and the text between. */
  void findNormalized(Normalized text, Stretches out) {
    find(normalized, text, out);
  }

  private void find(TokenTrie trie, Normalized text, Stretches out) {
    out.clear();
    int before = 0; // the end of the last token
    int[] points = text.points;
    int length = text.length;
    for (int at = 0; at < length && !trie.isEmpty(); ) {
      int end = trie.mayStart(points[at]) ? trie.end(points, at, length) : -1;
      if (end < 0) {
        at++;
        continue;
      }
      AddedToken token = trie.token(points, at, end);
      if (!token.singleWord || isWord(points, at, end, length)) {
        int start = token.lstrip ? Math.max(before, spacesBefore(points, at)) : at;
        int stop = token.rstrip ? spacesBehind(points, end, length) : end;
        if (before < start) {
          out.add(before, start, null);
        }
        if (start > stop) {
          throw new ArtifactException(
              "tokenizer.json: an added token is within the white space that another one takes;"
                  + " export the model again"); // where the library fails
        }
        if (start < stop) { // else another one took all its white space
          out.add(start, stop, token);
        }
        before = stop;
      }
      at = end; // the next one may be within white space that this one took
    }
    if (before != length) {
      out.add(before, length, null);
    }
  }

  private static boolean isWord(int[] points, int start, int end, int length) {
    return (start == 0 || !CharTables.WORD.has(points[start - 1]))
        && (end == length || !CharTables.WORD.has(points[end]));
  }

  private static int spacesBefore(int[] points, int end) {
    int at = end;
    while (at > 0 && CharTables.REGEX_SPACE.has(points[at - 1])) {
      at--;
    }
    return at;
  }

  private static int spacesBehind(int[] points, int start, int length) {
    int at = start;
    while (at < length && CharTables.REGEX_SPACE.has(points[at])) {
      at++;
    }
    return at;
  }
}
