package dev.litebert.tokenizer;

import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The sizes in a tokenizer.json on which time and memory depend; mirrors the checks of {@code
 * growth.py} that count no growth.
 */
final class Sizes {
  private static final int MOST_STEPS = 1000;
  private static final int MOST_ADDED = 1000; // characters of an added token; in use are some ten
  private static final int MOST_WORD = 1000; // of a word of WordPiece; in use are 100 and 200
  private static final int MOST_PIECE = 1000; // of a piece of Unigram; in use are 16
  private static final int MOST_AFFIX = 100; // that a model puts around each piece; in use are 2
  private static final int MOST_SPECIAL = 1000; // special tokens around a text; in use are 2 to 4

  private Sizes() {}

  /**
   * Checks the sizes.
   *
   * @param body the content of tokenizer.json, without the vocabulary.
   * @param steps the number of normalizers and pre-tokenizers.
   * @param vocabulary the model's vocabulary; null where it has none.
   * @param scored whether the vocabulary is Unigram's.
   * @throws IllegalArgumentException one is too large, or it is no tokenizer.
   */
  static void check(Map<String, Object> body, int steps, Vocabulary vocabulary, boolean scored) {
    if (steps > MOST_STEPS) {
      throw new IllegalArgumentException(
          steps + " steps before its model, expected at most " + MOST_STEPS);
    }
    if (!body.containsKey("model")) {
      throw new IllegalArgumentException(Repr.of("model")); // all that Python says
    }
    checkModel(Step.of(body.get("model"), "its model"), vocabulary, scored);
    checkProcessor(body.get("post_processor"));
    for (Step token : AddedTokens.steps(body)) {
      checkLength("an added token", token.text("content"), MOST_ADDED);
    }
  }

  private static void checkModel(Step model, Vocabulary vocabulary, boolean scored) {
    for (String key : new String[] {"continuing_subword_prefix", "end_of_word_suffix"}) {
      checkLength(key, model.text(key, ""), MOST_AFFIX);
    }
    if (vocabulary == null) {
      throw new IllegalArgumentException(Repr.of("vocab"));
    }
    if (scored) { // all pieces that begin at a place are tried
      checkLength("a piece", vocabulary.longest(), MOST_PIECE);
    }
    BigInteger longest = Fields.integerOrNull(model.value("max_input_chars_per_word"));
    if (longest != null && longest.compareTo(BigInteger.valueOf(MOST_WORD)) > 0) {
      throw new IllegalArgumentException(
          "max_input_chars_per_word is " + longest + ", expected at most " + MOST_WORD);
    }
  }

  /** Refuses a processor that writes a text twice, or too many special tokens around it. */
  private static void checkProcessor(Object step) {
    int special = 0;
    for (Step part : Steps.of(step, Steps.PROCESSORS)) {
      for (String name : new String[] {"single", "pair"}) {
        if (part.value(name) != null) {
          special += specialTokens(part, name);
        }
      }
    }
    if (special > MOST_SPECIAL) {
      throw new IllegalArgumentException(
          ("its post_processor writes " + special + " special tokens, expected at most ")
              + MOST_SPECIAL);
    }
  }

  /** The number of special tokens in a template, which holds each text at most once. */
  private static int specialTokens(Step step, String name) {
    int special = 0;
    for (Step piece : pieces(step, name)) {
      if (piece.has("SpecialToken")) {
        String id = piece.part("SpecialToken").text("id");
        special += step.part("special_tokens").part(id).list("ids").size();
      }
    }
    List<String> texts = texts(step, name);
    if (new HashSet<>(texts).size() < texts.size()) {
      throw new IllegalArgumentException(
          ("its template " + name + " holds the texts " + Repr.of(texts, 40))
              + ", expected each once");
    }
    return special;
  }

  /** The names of the texts in a template, sorted. */
  static List<String> texts(Step step, String name) {
    List<String> texts = new ArrayList<>();
    for (Step piece : pieces(step, name)) {
      if (piece.has("Sequence")) {
        texts.add(piece.part("Sequence").text("id"));
      }
    }
    Collections.sort(texts);
    return texts;
  }

  private static List<Step> pieces(Step step, String name) {
    List<Step> pieces = new ArrayList<>();
    for (Object each : step.list(name)) {
      pieces.add(Step.of(each, "a part of the template " + name));
    }
    return pieces;
  }

  private static void checkLength(String name, String text, int most) {
    int characters = text.codePointCount(0, text.length());
    if (characters > most) {
      throw new IllegalArgumentException(
          (name + " " + Repr.of(text, 40) + " has " + characters)
              + (" characters, expected at most " + most));
    }
  }
}
