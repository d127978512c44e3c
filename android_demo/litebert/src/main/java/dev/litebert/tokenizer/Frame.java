package dev.litebert.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The parts of an encoding of one text and of two, and the trims of the tokens' places. */
final class Frame {
  final List<Part> single;
  final List<Part> pair;
  final List<Trim> trims;

  /** The special tokens with their ids, those that no template uses included. */
  final List<Map.Entry<String, Integer>> tokens;

  private Frame(PostProcessors steps) {
    single = Collections.unmodifiableList(steps.single());
    pair = Collections.unmodifiableList(steps.pair());
    trims = Collections.unmodifiableList(steps.trims());
    tokens = Collections.unmodifiableList(steps.tokens());
  }

  /**
   * The frame that the field {@code post_processor} of a tokenizer.json describes; null adds
   * nothing.
   *
   * @throws IllegalArgumentException we do not have a step of it, or a field of it is not what it
   *     should be.
   */
  static Frame parse(Object json) {
    PostProcessors steps = new PostProcessors();
    if (json != null) {
      steps.add(json);
    }
    return new Frame(steps);
  }

  /** The parts without the texts. */
  static List<Part> special(List<Part> parts) {
    List<Part> found = new ArrayList<>();
    for (Part part : parts) {
      if (part.isSpecial()) {
        found.add(part);
      }
    }
    return found;
  }
}
