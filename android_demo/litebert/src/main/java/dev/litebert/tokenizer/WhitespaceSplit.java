package dev.litebert.tokenizer;

/**
 * Cuts at white space.
 *
 * <p>Read: huggingface/tokenizers, src/pre_tokenizers/whitespace.rs (WhitespaceSplit).
 */
final class WhitespaceSplit extends PreTokenizer {
  @Override
  void apply(Splits words) {
    int[] points = words.text.points;
    words.begin();
    for (int word = 0; word < words.length; word++) {
      int start = words.starts[word];
      int end = words.ends[word];
      for (int at = start; at < end; at++) {
        if (CharTables.WHITE_SPACE.has(points[at])) {
          words.put(start, at);
          start = at + 1;
        }
      }
      words.put(start, end);
    }
    words.finish();
  }
}
