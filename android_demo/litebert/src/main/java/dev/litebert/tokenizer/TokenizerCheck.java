package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
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
  static List<String> tokenProblems(Pipeline pipeline, Frame frame, Normalizer normalizer) {
    List<String> twins = twinProblem(pipeline.added().all(), normalizer);
    for (AddedToken token : pipeline.added().all()) {
      Integer found = idOf(token.content, pipeline);
      if (found == null || found != token.idInFile) {
        return otherId(token.content, token.idInFile, found);
      }
    }
    for (Map.Entry<String, Integer> each : frame.tokens) {
      Integer found = idOf(each.getKey(), pipeline);
      if (found != null && !found.equals(each.getValue())) {
        return otherId(each.getKey(), each.getValue(), found);
      }
    }
    return twins;
  }

  private static List<String> otherId(String token, int id, Integer found) {
    return Collections.singletonList(
        ("the token " + Repr.of(token, SHOWN) + " has the id " + id)
            + (", but the tokenizers library gives it " + Repr.of(found)));
  }

  private static Integer idOf(String token, Pipeline pipeline) {
    Integer added = pipeline.added().ids().get(token);
    int own = added == null ? pipeline.pieces().id(token) : added;
    return own < 0 ? null : Integer.valueOf(own);
  }

  /**
   * Added tokens that are one text to the library, which then takes one of them by chance.
   *
   * @throws IllegalArgumentException nothing is left of one: with it the library may never end.
   */
  private static List<String> twinProblem(List<AddedToken> tokens, Normalizer normalizer) {
    List<String> problem = Collections.emptyList();
    Map<String, String> contents = new HashMap<>();
    Normalized text = new Normalized();
    for (AddedToken token : tokens) {
      if (!token.normalized) {
        continue;
      }
      String content = token.content;
      text.set(content);
      normalizer.apply(text);
      if (text.length == 0) {
        throw new IllegalArgumentException(
            "the added token " + Repr.of(content, SHOWN) + " is empty once normalized");
      }
      String other = contents.putIfAbsent(text.toString(), content);
      if (problem.isEmpty() && other != null && !other.equals(content)) {
        problem =
            Collections.singletonList(
                ("the added tokens " + Repr.of(other, SHOWN) + " and " + Repr.of(content, SHOWN))
                    + " are the same text once normalized");
      }
    }
    return problem;
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
