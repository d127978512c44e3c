package dev.litebert.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** The pre-tokenizers of a tokenizer.json, by their type. */
final class PreTokenizers {
  private PreTokenizers() {}

  /**
   * The steps that the field {@code pre_tokenizer} of a tokenizer.json describes; null has none.
   *
   * @throws IllegalArgumentException we do not have one, or a field of it is not what it should be.
   */
  static List<PreTokenizer> parse(Object json) {
    List<PreTokenizer> found = new ArrayList<>();
    if (json != null) {
      add(json, found);
    }
    return found;
  }

  /** Checks the fields of a decoder that is written like one of these steps. */
  static void check(Step step) {
    add(step, new ArrayList<PreTokenizer>());
  }

  private static void add(Object json, List<PreTokenizer> found) {
    add(Step.typed(json, "its pre_tokenizer"), found);
  }

  private static void add(Step step, List<PreTokenizer> found) {
    switch (step.name()) {
      case "BertPreTokenizer":
        found.add(new BertPreTokenizer());
        break;
      case "ByteLevel":
        step.flag("trim_offsets"); // of the post-processor of that name
        found.add(new ByteLevel(step.flag("add_prefix_space"), step.flag("use_regex", true)));
        break;
      case "Metaspace":
        found.add(metaspace(step));
        break;
      case "WhitespaceSplit":
        found.add(new WhitespaceSplit());
        break;
      case "Sequence":
        for (Object each : step.list("pretokenizers")) {
          add(each, found);
        }
        break;
      default:
        throw Unsupported.step(
            "pre_tokenizer",
            step.name(),
            "BertPreTokenizer, ByteLevel, Metaspace, Sequence, WhitespaceSplit");
    }
    step.end();
  }

  /** The step of that type; a decoder of the type has the same fields. */
  static PreTokenizer metaspace(Step step) {
    int[] mark = CodePoints.of(step.text("replacement"));
    if (mark.length != 1) {
      throw step.wrong("replacement", step.value("replacement"), "one character");
    }
    step.value("str_rep"); // of older files, which the library does not read either
    Metaspace.Prepend prepend = prepend(step);
    if (!step.flagOrNull("add_prefix_space", true) && prepend != Metaspace.Prepend.NEVER) {
      throw new IllegalArgumentException(
          "add_prefix_space does not match declared prepend_scheme"); // as the library
    }
    return new Metaspace(mark[0], prepend, step.flagOrNull("split", true));
  }

  private static Metaspace.Prepend prepend(Step step) {
    String scheme = step.has("prepend_scheme") ? step.text("prepend_scheme") : "always";
    switch (scheme) {
      case "always":
        return Metaspace.Prepend.ALWAYS;
      case "first":
        return Metaspace.Prepend.FIRST;
      case "never":
        return Metaspace.Prepend.NEVER;
      default:
        throw step.wrong("prepend_scheme", scheme, "always, first or never");
    }
  }
}
