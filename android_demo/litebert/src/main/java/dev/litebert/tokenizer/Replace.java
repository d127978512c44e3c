package dev.litebert.tokenizer;

/**
 * Writes other characters wherever something is found; they share the stretch of the last character
 * that they replace.
 */
abstract class Replace extends Normalizer {
  /** The one regular expression that is carried: {@link #spaces}. */
  static final String SPACES = " {2,}";

  private final int[] content;

  Replace(String content) {
    this.content = CodePoints.of(content);
  }

  /** A replacement of each occurrence of a text that is not empty. */
  static Replace text(String pattern, String content) {
    return new OfText(pattern, content);
  }

  /** A replacement of each run of two or more spaces. */
  static Replace spaces(String content) {
    return new OfSpaces(content);
  }

  /** How many code points from {@code at} are to be replaced; 0 where nothing is. */
  abstract int found(Normalized text, int at);

  @Override
  final void apply(Normalized text) {
    int first = 0;
    while (first < text.length && found(text, first) == 0) {
      first++;
    }
    if (first == text.length) {
      return;
    }
    text.begin();
    for (int i = 0; i < text.length; ) {
      int count = i < first ? 0 : found(text, i);
      if (count == 0) {
        text.put(text.points[i++], 0);
        continue;
      }
      text.skip(count);
      for (int point : content) {
        text.put(point, 1);
      }
      i += count;
    }
    text.finish();
  }

  private static final class OfText extends Replace {
    private final int[] pattern;

    OfText(String pattern, String content) {
      super(content);
      this.pattern = CodePoints.of(pattern);
    }

    @Override
    int found(Normalized text, int at) {
      if (at + pattern.length > text.length) {
        return 0;
      }
      for (int i = 0; i < pattern.length; i++) {
        if (text.points[at + i] != pattern[i]) {
          return 0;
        }
      }
      return pattern.length;
    }
  }

  private static final class OfSpaces extends Replace {
    OfSpaces(String content) {
      super(content);
    }

    @Override
    int found(Normalized text, int at) {
      int end = at;
      while (end < text.length && text.points[end] == ' ') {
        end++;
      }
      return end - at < 2 ? 0 : end - at;
    }
  }
}
