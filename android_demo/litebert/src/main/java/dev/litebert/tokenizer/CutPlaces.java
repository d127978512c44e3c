package dev.litebert.tokenizer;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The places where a text may be cut; mirrors {@code find_cuts} of {@code cuts.py}.
 *
 * <p>No step of the tokenizer may see across such a place, which follows from the kinds of steps:
 *
 * <ul>
 *   <li>BERT's own: before a space, an ideograph or a punctuation mark of ASCII. Each is between
 *       words or a word of its own, and none of these normalizers joins characters.
 *   <li>Others that cut words at spaces: before a single space, with two visible characters of
 *       ASCII to its left and one to its right. They keep it out of graphemes, compositions and
 *       rows of spaces; so it starts a word.
 * </ul>
 *
 * <p>The character behind the cut is in no added token, neither as that is written nor normalized,
 * so that none reaches across. For all other tokenizers there is no place to cut.
 */
final class CutPlaces {
  private static final Set<String> DECOMPOSING =
      setOf("BertNormalizer", "Lowercase", "NFD", "NFKD", "StripAccents");
  private static final Set<String> COMPOSING = setOf("NFC", "NFKC", "Precompiled");
  private static final Set<String> CUT_AT_SPACES =
      setOf("BertPreTokenizer", "ByteLevel", "Metaspace", "WhitespaceSplit");

  private final boolean singleSpaces;
  private final boolean[] marks; // of ASCII, before which a text may be cut
  private final boolean ideographs;

  private CutPlaces(boolean singleSpaces, boolean[] marks, boolean ideographs) {
    this.singleSpaces = singleSpaces;
    this.marks = marks;
    this.ideographs = ideographs;
  }

  private static Set<String> setOf(String... values) {
    return Collections.unmodifiableSet(new HashSet<>(Arrays.asList(values)));
  }

  /**
   * The places where a tokenizer's texts may be cut.
   *
   * @param body the content of tokenizer.json.
   * @param normalizer its normalizer.
   * @param tokens its added tokens.
   */
  static CutPlaces find(Map<String, Object> body, Normalizer normalizer, AddedTokens tokens) {
    List<Step> normalizers = Steps.of(body.get("normalizer"), Steps.NORMALIZERS);
    List<Step> splits = Steps.of(body.get("pre_tokenizer"), Steps.PRE_TOKENIZERS);
    Held added = new Held(tokens, normalizer);
    if (splits.size() == 1
        && splits.get(0).name().equals("BertPreTokenizer")
        && haveTypes(normalizers, DECOMPOSING)) {
      boolean chinese =
          !normalizers.isEmpty()
              && Boolean.TRUE.equals(normalizers.get(0).value("handle_chinese_chars"));
      return beforeSeparators(added, chinese);
    }
    boolean spaces =
        keepSpaces(normalizers, normalizer)
            && cutAtSpaces(splits)
            && !added.takesSpaces
            && !added.holdsSpaces();
    return new CutPlaces(spaces, new boolean[128], false);
  }

  /** The first place from an index on, up to another; the latter without one. */
  int next(String text, int from, int to) {
    for (int at = from; at < to; at++) {
      if (isPlace(text, at)) {
        return at;
      }
    }
    return to;
  }

  private boolean isPlace(String text, int at) {
    char each = text.charAt(at);
    if (singleSpaces) {
      return each == ' '
          && at >= 2
          && at + 1 < text.length()
          && isVisible(text.charAt(at - 2))
          && isVisible(text.charAt(at - 1))
          && isVisible(text.charAt(at + 1));
    }
    return each < marks.length ? marks[each] : ideographs && isIdeograph(each);
  }

  private static CutPlaces beforeSeparators(Held added, boolean chinese) {
    boolean[] marks = new boolean[128];
    for (int each = ' '; each < 127; each++) {
      boolean wordly = each == '_' && added.wholeWords;
      marks[each] = !Character.isLetterOrDigit(each) && !wordly && !added.characters.contains(each);
    }
    boolean letters = chinese && !added.wholeWords && !added.holdsAbove(0x33FF);
    return new CutPlaces(false, marks, letters);
  }

  /**
   * Whether a single space between visible ASCII stays one, and its neighbours stay visible ASCII.
   */
  private static boolean keepSpaces(List<Step> steps, Normalizer normalizer) {
    int tables = 0;
    for (Step step : steps) {
      String kind = step.name();
      if (kind.equals("Replace")) {
        if (!keepsSpaces(step.object("pattern"), step.text("content"))) {
          return false;
        }
      } else if (kind.equals("Strip")) {
        if (step.flag("strip_left")) {
          return false;
        }
      } else if (!DECOMPOSING.contains(kind) && !COMPOSING.contains(kind)) {
        return false;
      }
      tables += kind.equals("Precompiled") ? 1 : 0;
    }
    String letter = normalized(normalizer, "x");
    if (tables > 1 || !normalized(normalizer, "x x").equals(letter + " " + letter)) {
      return false;
    }
    for (char each = '!'; each <= '~'; each++) {
      if (!isVisible(normalized(normalizer, String.valueOf(each)))) {
        return false;
      }
    }
    return true;
  }

  private static boolean keepsSpaces(Map<?, ?> pattern, String content) {
    if (pattern.size() == 1 && Replace.SPACES.equals(pattern.get("Regex"))) {
      return content.equals(" ") || content.equals("▁");
    }
    Object text = pattern.get("String");
    return text instanceof String
        && !((String) text).isEmpty()
        && !holdsSpace((String) text)
        && isVisible(content);
  }

  /** Whether the first split cuts before a single space; the others then see one word alone. */
  private static boolean cutAtSpaces(List<Step> splits) {
    if (splits.isEmpty()
        || !CUT_AT_SPACES.contains(splits.get(0).name())
        || Boolean.FALSE.equals(splits.get(0).value("split"))
        || Boolean.FALSE.equals(splits.get(0).value("use_regex"))) {
      return false;
    }
    for (Step step : splits.subList(1, splits.size())) {
      if ("first".equals(step.value("prepend_scheme"))) {
        return false;
      }
    }
    return true;
  }

  private static boolean haveTypes(List<Step> steps, Set<String> types) {
    for (Step step : steps) {
      if (!types.contains(step.name())) {
        return false;
      }
    }
    return true;
  }

  private static String normalized(Normalizer normalizer, String text) {
    Normalized found = new Normalized();
    found.set(text);
    normalizer.apply(found);
    return found.toString();
  }

  private static boolean isVisible(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (!isVisible(text.charAt(at))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean isVisible(char each) {
    return each >= '!' && each <= '~';
  }

  /** Whether a character is of the first ranges that BertNormalizer knows. */
  private static boolean isIdeograph(char each) {
    return (each >= 0x3400 && each <= 0x4DBF) || (each >= 0x4E00 && each <= 0x9FFF);
  }

  private static boolean holdsSpace(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (isSpace(text.charAt(at))) {
        return true;
      }
    }
    return false;
  }

  /** Whether Python calls a character a space. */
  private static boolean isSpace(int each) {
    return (each >= 0x09 && each <= 0x0D)
        || (each >= 0x1C && each <= 0x20)
        || each == 0x85
        || each == 0xA0
        || each == 0x1680
        || (each >= 0x2000 && each <= 0x200A)
        || each == 0x2028
        || each == 0x2029
        || each == 0x202F
        || each == 0x205F
        || each == 0x3000;
  }

  /** The characters of the added tokens, as they are written and normalized, and their flags. */
  private static final class Held {
    private final Set<Integer> characters = new HashSet<>();
    private final boolean wholeWords;
    private final boolean takesSpaces;

    Held(AddedTokens tokens, Normalizer normalizer) {
      boolean whole = false;
      boolean takes = false;
      for (AddedToken token : tokens.all()) {
        add(token.content);
        add(normalized(normalizer, token.content));
        whole |= token.singleWord;
        takes |= token.rstrip;
      }
      wholeWords = whole;
      takesSpaces = takes;
    }

    private void add(String text) {
      for (int each : CodePoints.of(text)) {
        characters.add(each);
      }
    }

    boolean holdsAbove(int border) {
      for (int each : characters) {
        if (each > border) {
          return true;
        }
      }
      return false;
    }

    boolean holdsSpaces() {
      for (int each : characters) {
        if (isSpace(each)) {
          return true;
        }
      }
      return false;
    }
  }
}
