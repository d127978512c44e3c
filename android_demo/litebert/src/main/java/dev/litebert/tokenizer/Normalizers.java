package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.List;

/** The normalizers of a tokenizer.json, by their type. */
final class Normalizers {
  private static final String FIELD = "its normalizer";
  private static final int SHOWN = 40;

  private Normalizers() {}

  /**
   * The normalizer that the field {@code normalizer} of a tokenizer.json describes; null is one
   * that changes nothing.
   *
   * @throws IllegalArgumentException we do not have it, or a field of it is not what it should be.
   */
  static Normalizer parse(Object json) {
    if (json == null) {
      return new Sequence(new ArrayList<Normalizer>());
    }
    return parse(Step.typed(json, FIELD));
  }

  private static Normalizer parse(Step step) {
    Normalizer normalizer = normalizer(step);
    step.end();
    return normalizer;
  }

  private static Normalizer normalizer(Step step) {
    switch (step.name()) {
      case "BertNormalizer":
        boolean lowercase = step.flag("lowercase");
        return new BertNormalizer(
            step.flag("clean_text"),
            step.flag("handle_chinese_chars"),
            step.flagOrNull("strip_accents", lowercase),
            lowercase);
      case "NFC":
        return new Composition(Decomposition.nfd());
      case "NFD":
        return Decomposition.nfd();
      case "NFKC":
        return new Composition(Decomposition.nfkd());
      case "NFKD":
        return Decomposition.nfkd();
      case "StripAccents":
        return new DropMarks(CharTables.COMBINING_MARK);
      case "Lowercase":
        return new Lowercase();
      case "Replace":
        return replace(step);
      case "Precompiled":
        return new Precompiled(Precompiled.decoded(step.text("precompiled_charsmap")));
      case "Strip":
        return new Strip(step.flag("strip_left"), step.flag("strip_right"));
      case "Sequence":
        List<Normalizer> steps = new ArrayList<>();
        for (Object each : step.list("normalizers")) {
          steps.add(parse(Step.typed(each, FIELD)));
        }
        return new Sequence(steps);
      default:
        throw Unsupported.step(
            "normalizer",
            step.name(),
            "BertNormalizer, NFC, NFD, NFKC, NFKD, StripAccents, Lowercase, Replace, Precompiled,"
                + " Strip, Sequence");
    }
  }

  private static Normalizer replace(Step step) {
    String content = step.text("content");
    Step pattern = Step.of(step.value("pattern"), "the pattern of its normalizer");
    boolean isRegex = pattern.has("Regex");
    String found = pattern.text(isRegex ? "Regex" : "String");
    pattern.end();
    if (isRegex ? !found.equals(Replace.SPACES) : found.isEmpty()) {
      throw new Unsupported(
          ("its normalizer Replace has the pattern " + Repr.of(step.value("pattern"), SHOWN))
              + (", expected a String that is not empty, or the Regex " + Repr.of(Replace.SPACES)));
    }
    return isRegex ? Replace.spaces(content) : Replace.text(found, content);
  }
}
