package dev.litebert.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.litebert.json.Numbers;
import dev.litebert.json.Repr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The growth of a text in a tokenizer: a few normalizers turn one letter into gigabytes; mirrors
 * {@code growth.py}, as does {@link Sizes}.
 *
 * <p>The file alone is examined, before anything is normalized. A step of a type that is not
 * carried counts nothing here: the reader of the steps refuses it.
 */
final class Growth {
  private static final double MOST = 128; // characters that one may become by the texts in the file
  private static final double MOST_IN_ALL = 2000; // the same with Unicode's and the steps' own
  private static final int DECOMPOSED = 18; // no character has more when it is decomposed
  private static final Map<String, Integer> UNICODE = unicode();

  private final boolean inAll; // whether Unicode's and the steps' own growth counts
  private final Map<Integer, Double> of = new HashMap<>(); // for ASCII and replaced texts
  private double other = 1; // for all others
  private int run = 1; // the number after the next steps, as long as they are of UNICODE
  private boolean spaced; // whether a BertNormalizer is among them

  private Growth(boolean inAll) {
    this.inAll = inAll;
    for (int each = 0; each < 128; each++) {
      of.put(each, 1.0);
    }
  }

  private static Map<String, Integer> unicode() {
    Map<String, Integer> found = new HashMap<>();
    found.put("BertNormalizer", 4);
    found.put("Lowercase", 3);
    found.put("NFC", 3);
    found.put("NFD", 4);
    found.put("NFKC", DECOMPOSED);
    found.put("NFKD", DECOMPOSED);
    found.put("Strip", 1);
    found.put("StripAccents", 1);
    return found;
  }

  /**
   * The number of characters that one may become by the texts in the file.
   *
   * @param body the content of tokenizer.json, without the vocabulary.
   * @param vocabulary the model's vocabulary; null where it has none.
   * @param scored whether the vocabulary is Unigram's.
   * @throws IllegalArgumentException too many, or it is no tokenizer.
   */
  static double check(Map<String, Object> body, Vocabulary vocabulary, boolean scored) {
    List<Step> steps = new ArrayList<>(Steps.of(body.get("normalizer"), Steps.NORMALIZERS));
    steps.addAll(Steps.of(body.get("pre_tokenizer"), Steps.PRE_TOKENIZERS));
    Sizes.check(body, steps.size(), vocabulary, scored);
    double growth = checkSteps(steps, new Growth(false), MOST);
    checkSteps(steps, new Growth(true), MOST_IN_ALL);
    return growth;
  }

  /** The number of characters that one may become, by the steps from the last to the first. */
  private static double checkSteps(List<Step> steps, Growth growth, double most) {
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      growth.before(step);
      if (growth.most() > most) {
        String content = step.has("content") ? " of " + Repr.of(step.value("content"), 40) : "";
        throw new IllegalArgumentException(
            (step.name() + content + ", with the steps behind it, may turn one character into ")
                + (Numbers.general(growth.most(), 3) + ", expected at most " + (int) most));
      }
    }
    return growth.most();
  }

  /** Counts a step that comes before those counted so far. */
  private void before(Step step) {
    String kind = step.name();
    if (UNICODE.containsKey(kind)) {
      beforeUnicode(kind);
      return;
    }
    run = 1;
    spaced = false;
    if (kind.equals("Replace")) {
      beforeReplace(step.part("pattern"), text(step.text("content")));
    } else if (kind.equals("Precompiled")) {
      int longest = longestReplacement(step.text("precompiled_charsmap"));
      if (inAll || longest > DECOMPOSED) {
        everywhere(0, longest * most());
      }
    } else if (inAll
        && kind.equals("ByteLevel")) { // up to four bytes, each a character, and a space
      everywhere(0, 5 * most());
    } else if (inAll && kind.equals("Metaspace")) { // a space in front
      everywhere(0, 2 * most());
    }
  }

  /**
   * Counts a step of {@link #UNICODE}.
   *
   * <p>ASCII stays ASCII. Others become any characters, in a row of such steps no more than {@link
   * #DECOMPOSED}.
   */
  private void beforeUnicode(String kind) {
    boolean isBert = kind.equals("BertNormalizer");
    if (isBert && spaced) { // which puts spaces around ideographs once more
      run = 1;
    }
    spaced |= isBert;
    double behind = run == 1 ? most() : other / run;
    run = inAll ? Math.min(DECOMPOSED, run * UNICODE.get(kind)) : 1;
    other = run * behind;
    Map<Integer, Double> old = new HashMap<>(of);
    double space = old.get((int) ' ');
    for (Map.Entry<Integer, Double> each : of.entrySet()) {
      int point = each.getKey();
      if (point < 128) {
        int lower = point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point;
        each.setValue(Math.max(each.getValue(), Math.max(old.get(lower), space)));
      } else {
        each.setValue(other);
      }
    }
  }

  /** Counts a Replace: a text by its characters, a row of spaces by any character. */
  private void beforeReplace(Step pattern, double content) {
    Object text = pattern.value("String");
    if (!(text instanceof String)) {
      everywhere(0, content);
    } else if (((String) text).isEmpty()) {
      everywhere(content, 0);
    } else {
      int[] points = CodePoints.of((String) text);
      for (int each : points) {
        of.put(each, Math.max(of(each), content / points.length));
      }
    }
  }

  /** The characters of the longest replacement in SentencePiece's table. */
  private static int longestReplacement(String charsmap) {
    byte[] content = Precompiled.decoded(charsmap);
    if (content.length < 4) {
      throw new IllegalArgumentException("precompiled_charsmap holds no table");
    }
    ByteBuffer table = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    long start = 4 + (table.getInt() & 0xFFFFFFFFL);
    table.position((int) Math.min(start, content.length));
    int longest = 0;
    try {
      for (String each : UTF_8.newDecoder().decode(table).toString().split("\0")) {
        longest = Math.max(longest, each.codePointCount(0, each.length()));
      }
    } catch (CharacterCodingException error) {
      throw new IllegalArgumentException("precompiled_charsmap is not written in UTF-8", error);
    }
    return longest;
  }

  private double of(int point) {
    Double found = of.get(point);
    return found == null ? other : found;
  }

  /** The number of characters that a text may become. */
  private double text(String text) {
    double sum = 0;
    for (int each : CodePoints.of(text)) {
      sum += of(each);
    }
    return sum;
  }

  /** The most that any character may become. */
  private double most() {
    double most = other;
    for (double each : of.values()) {
      most = Math.max(most, each);
    }
    return most;
  }

  /** Raises the number of every character. */
  private void everywhere(double added, double least) {
    for (Map.Entry<Integer, Double> each : of.entrySet()) {
      each.setValue(Math.max(each.getValue() + added, least));
    }
    other = Math.max(other + added, least);
  }
}
