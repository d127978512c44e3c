package dev.litebert.tokenizer;

import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Checks of a tokenizer.json before its steps are read; mirrors {@code file_problems} of {@code
 * tokenizer_check.py}.
 */
final class FileCheck {
  private static final List<String> MODELS = Arrays.asList("WordPiece", "BPE", "Unigram");
  private static final List<String> FIELDS =
      Arrays.asList(
          "version",
          "truncation",
          "padding",
          "added_tokens",
          "normalizer",
          "pre_tokenizer",
          "post_processor",
          "decoder",
          "model");
  private static final long MOST_IDS = 1L << 31;
  private static final int SHOWN = 40;

  private FileCheck() {}

  /**
   * The faults in the content of a tokenizer.json, one a sentence without its end.
   *
   * @param file the content, which {@link Growth#check} passed.
   * @param ids the number of ids that the model takes; −1 where it is not known.
   * @throws IllegalArgumentException the content has another shape altogether.
   */
  static List<String> problems(TokenizerFile file, long ids) {
    Map<String, Object> body = file.body();
    checkRead(body);
    List<String> problems = new ArrayList<>();
    addTruncationProblems(body.get("truncation"), problems);
    addModelProblems(file, problems);
    if (body.get("padding") != null) {
      problems.add("it pads, expected padding null");
    }
    addIdProblem(file, ids < 0 ? MOST_IDS : ids, problems);
    for (Step step : Steps.of(body.get("post_processor"), Steps.PROCESSORS)) {
      if (step.name().equals("TemplateProcessing")) {
        addTemplateProblem(step, "single", Collections.singletonList("A"), problems);
        addTemplateProblem(step, "pair", Arrays.asList("A", "B"), problems);
      }
    }
    return problems;
  }

  /** Refuses what the tokenizers library does not read. */
  private static void checkRead(Map<String, Object> body) {
    for (String key : body.keySet()) {
      if (!FIELDS.contains(key)) {
        throw new IllegalArgumentException(
            "it has the field " + Repr.of(key, SHOWN) + ", which is not known here");
      }
    }
    Object version = body.get("version");
    if (body.containsKey("version") && !"1.0".equals(version)) {
      throw new IllegalArgumentException(
          "its version is " + Repr.of(version, SHOWN) + ", expected 1.0");
    }
    if (body.containsKey("added_tokens")) {
      Step.list(body.get("added_tokens"), "added_tokens"); // null is none to the library
    }
    Decoders.check(body.get("decoder"));
  }

  private static void addTruncationProblems(Object value, List<String> problems) {
    if (value == null) {
      problems.add("truncation is null, expected max_length and direction");
      return;
    }
    Step truncation = Step.of(value, "truncation");
    Object strategy = truncation.value("strategy");
    if (!"LongestFirst".equals(strategy)) {
      String shown = Repr.of(strategy, SHOWN);
      problems.add("truncation has strategy " + shown + ", expected LongestFirst");
    }
    Object stride = truncation.value("stride");
    if (!Long.valueOf(0).equals(stride)) {
      problems.add("truncation has stride " + Repr.of(stride, SHOWN) + ", expected 0");
    }
  }

  private static void addModelProblems(TokenizerFile file, List<String> problems) {
    Step model = Step.of(file.body().get("model"), "its model");
    Object kind = model.value("type");
    if (!(kind instanceof String) || !MODELS.contains(kind)) {
      String shown = Repr.of(kind, SHOWN);
      problems.add("its model is " + shown + ", expected " + String.join(", ", MODELS));
      return;
    }
    Object dropout = model.value("dropout");
    if (isSet(dropout)) {
      String shown = Repr.of(dropout, SHOWN);
      problems.add("its model has dropout " + shown + ", which makes ids random; expected null");
    }
    if (file.isList() != kind.equals("Unigram")) {
      throw new IllegalArgumentException("the vocabulary is not one of " + kind);
    }
    if (kind.equals("Unigram")) {
      Object unknown = model.value("unk_id");
      BigInteger index = Fields.integerOrNull(unknown);
      BigInteger size = BigInteger.valueOf(file.pieces().size());
      if (index == null || index.signum() < 0 || index.compareTo(size) >= 0) {
        problems.add(lacks("unk_id", unknown));
      }
      return;
    }
    Object unknown = model.value("unk_token");
    if (file.pieces().sharesIds()) {
      problems.add("several tokens share an id");
    }
    if (unknown == null ? !kind.equals("BPE") : !holds(file.pieces(), unknown)) {
      problems.add(lacks("unk_token", unknown));
    }
    addMergeProblem(file, model.value("continuing_subword_prefix"), problems);
  }

  private static boolean holds(PieceTable pieces, Object token) {
    return token instanceof String && pieces.find((String) token) >= 0;
  }

  /** Whether Python takes a value for true. */
  private static boolean isSet(Object value) {
    return value != null
        && !value.equals(false)
        && !value.equals("")
        && !(value instanceof Number && ((Number) value).doubleValue() == 0);
  }

  private static String lacks(String key, Object value) {
    return key
        + (" is " + Repr.of(value, SHOWN))
        + ", which its vocabulary lacks: unknown words have no id";
  }

  /** The first merge whose second token lacks the prefix, which the library cuts off unseen. */
  private static void addMergeProblem(TokenizerFile file, Object prefix, List<String> problems) {
    Merges merges = file.merges();
    if (prefix == null || merges == null) {
      return;
    }
    for (int merge = 0; merge < merges.size(); merge++) {
      if (!merges.right(merge).startsWith((String) prefix)) {
        problems.add(
            ("a merge has the second token " + Repr.of(merges.right(merge), SHOWN))
                + (", expected one that starts with " + Repr.of(prefix, SHOWN)));
        return;
      }
    }
  }

  private static void addIdProblem(TokenizerFile file, long ids, List<String> problems) {
    Vocabulary vocabulary = file.pieces();
    String token = vocabulary.outside(ids);
    Object id = token == null ? null : (Object) vocabulary.idOutside(ids);
    for (Step each : AddedTokens.steps(file.body())) {
      BigInteger index = Fields.integerOrNull(each.value("id"));
      if (index == null) {
        throw each.wrong("id", each.value("id"), "a whole number");
      }
      if (token == null && (index.signum() < 0 || index.compareTo(BigInteger.valueOf(ids)) >= 0)) {
        token = each.text("content");
        id = index;
      }
    }
    if (token != null) {
      problems.add(
          ("the token " + Repr.of(token, SHOWN) + " has the id " + Repr.of(id, 20))
              + (", expected 0 to " + (ids - 1)));
    }
  }

  private static void addTemplateProblem(
      Step step, String key, List<String> expected, List<String> problems) {
    List<String> found = Sizes.texts(step, key);
    if (!found.equals(expected)) {
      problems.add(
          ("its template " + key + " holds the texts " + Repr.of(found, SHOWN))
              + (", expected " + Repr.of(expected)));
    }
  }
}
