package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks of a tokenizer's tokens: every text must become ids that the model takes; mirrors {@code
 * tokenizer_check.py}, as does {@link FileCheck}.
 *
 * <p>Each method gives the problems that it finds, one a sentence without its end. {@link
 * IllegalArgumentException} says that the content has another shape altogether.
 */
final class TokenizerCheck {
  private static final int SHOWN = 40;

  private TokenizerCheck() {}

  /**
   * The first added or special token to which the tokenizers library does not always give the id in
   * the file.
   *
   * <p>A post-processor may write tokens that no vocabulary names; of those only the id counts.
   */
  static List<String> tokenProblems(TokenizerFile file, Normalizer normalizer) {
    List<Map<String, Object>> tokens = FileCheck.addedTokens(file.body());
    Map<String, Integer> given = given(tokens, file.pieces());
    for (Map<String, Object> token : tokens) {
      String content = Shape.text(token, "content");
      long id = Shape.unsigned(token, "id");
      Integer found = idOf(content, given, file.pieces());
      if (found == null || found != id) {
        return otherId(content, id, found);
      }
    }
    for (Map<String, Object> step : FileCheck.processors(file.body())) {
      for (Map.Entry<String, Long> each : specialTokens(step)) {
        Integer found = idOf(each.getKey(), given, file.pieces());
        if (found != null && found.longValue() != each.getValue()) {
          return otherId(each.getKey(), each.getValue(), found);
        }
      }
    }
    return twinProblem(tokens, normalizer);
  }

  private static List<String> otherId(String token, long id, Integer found) {
    return Collections.singletonList(
        ("the token " + Repr.of(token, SHOWN) + " has the id " + id)
            + (", but the tokenizers library gives it " + Repr.of(found)));
  }

  /** The ids that the library gives to added tokens: the model's, or the next one behind those. */
  private static Map<String, Integer> given(List<Map<String, Object>> tokens, Vocabulary model) {
    Map<String, Integer> given = new HashMap<>();
    int next = model.size();
    for (Map<String, Object> token : tokens) {
      String content = Shape.text(token, "content");
      if (!content.isEmpty() && !given.containsKey(content)) {
        int id = model.id(content);
        given.put(content, id >= 0 ? id : next++);
      }
    }
    return given;
  }

  private static Integer idOf(String token, Map<String, Integer> given, Vocabulary model) {
    Integer added = given.get(token);
    int own = added == null ? model.id(token) : added;
    return own < 0 ? null : Integer.valueOf(own);
  }

  /** The tokens that a post-processor writes, with their ids. */
  private static List<Map.Entry<String, Long>> specialTokens(Map<String, Object> step) {
    List<Map.Entry<String, Long>> found = new ArrayList<>();
    for (String key : new String[] {"sep", "cls"}) {
      if (step.containsKey(key)) {
        List<Object> pair = Shape.list(step, key);
        if (pair.size() != 2) {
          throw new IllegalArgumentException(key + " is no token with an id");
        }
        found.add(entry(Shape.text(pair.get(0), key), Shape.unsigned(pair.get(1), key)));
      }
    }
    if (step.containsKey("special_tokens")) {
      for (Object each : Shape.object(step, "special_tokens").values()) {
        Map<String, Object> token = Shape.object(each, "a special token");
        List<Object> tokens = Shape.list(token, "tokens");
        List<Object> ids = Shape.list(token, "ids");
        if (tokens.size() != ids.size()) {
          throw new IllegalArgumentException("a special token has other ids than tokens");
        }
        for (int i = 0; i < ids.size(); i++) {
          found.add(entry(Shape.text(tokens.get(i), "tokens"), Shape.unsigned(ids.get(i), "ids")));
        }
      }
    }
    return found;
  }

  private static Map.Entry<String, Long> entry(String token, long id) {
    return new AbstractMap.SimpleImmutableEntry<>(token, id);
  }

  /**
   * Checks that something is left of every added token.
   *
   * @throws IllegalArgumentException nothing is: with such a one the library may never end.
   */
  static void checkAdded(TokenizerFile file, Normalizer normalizer) {
    Normalized text = new Normalized();
    for (Map<String, Object> token : FileCheck.addedTokens(file.body())) {
      if (normalizer != null && Shape.flag(token, "normalized")) {
        String content = Shape.text(token, "content");
        text.set(content);
        normalizer.apply(text);
        if (text.length == 0) {
          throw new IllegalArgumentException(
              "the added token " + Repr.of(content, SHOWN) + " is empty once normalized");
        }
      }
    }
  }

  /** Added tokens that are one text to the library, which then takes one of them by chance. */
  private static List<String> twinProblem(List<Map<String, Object>> tokens, Normalizer normalizer) {
    Map<String, String> contents = new HashMap<>();
    Normalized text = new Normalized();
    for (Map<String, Object> token : tokens) {
      if (normalizer != null && Shape.flag(token, "normalized")) {
        String content = Shape.text(token, "content");
        text.set(content);
        normalizer.apply(text);
        String other = contents.putIfAbsent(text.toString(), content);
        if (other != null && !other.equals(content)) {
          return Collections.singletonList(
              ("the added tokens " + Repr.of(other, SHOWN) + " and " + Repr.of(content, SHOWN))
                  + " are the same text once normalized");
        }
      }
    }
    return Collections.emptyList();
  }

  /**
   * The faults in the special tokens around one text or two.
   *
   * @param parts the parts of an encoding of those texts.
   * @param texts their number.
   * @param maxTokens the longest encoding.
   * @param ids the number of ids that the model takes; −1 where it is not known.
   */
  static List<String> partProblems(List<Part> parts, int texts, long maxTokens, long ids) {
    List<String> problems = new ArrayList<>();
    List<Integer> found = new ArrayList<>();
    Set<Integer> types = new HashSet<>();
    int special = 0;
    long largest = -1;
    for (Part part : parts) {
      types.add(part.typeId());
      if (part.isSpecial()) {
        special++;
        largest = Math.max(largest, part.specialId());
      } else {
        found.add(part.text());
      }
    }
    Collections.sort(found);
    if (!found.equals(texts == 1 ? Arrays.asList(0) : Arrays.asList(0, 1))) {
      problems.add(
          ("the letter a is no token in it, or not all of " + texts)
              + " texts are in the encoding");
    }
    if (special == 0) {
      problems.add("its template adds no special token, so that an empty text has no tokens");
    }
    if (maxTokens <= special) {
      problems.add(
          ("max_length is " + maxTokens + ", expected more than the " + special)
              + " special tokens");
    }
    if (!Arrays.asList(0, 1).containsAll(types)) {
      problems.add("its template has other type ids than 0 and 1");
    }
    if (ids >= 0 && largest >= ids) {
      problems.add("a special token has the id " + largest + ", expected 0 to " + (ids - 1));
    }
    return problems;
  }
}
