package dev.litebert.tokenizer;

/**
 * Cuts at white space, and makes each punctuation mark a word.
 *
 * <p>Read: huggingface/tokenizers, src/pre_tokenizers/bert.rs.
 */
final class BertPreTokenizer extends PreTokenizer {
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
        } else if (CharTables.PUNCTUATION.has(points[at])) {
          words.put(start, at);
          words.put(at, at + 1);
          start = at + 1;
        }
      }
      words.put(start, end);
    }
    words.finish();
  }
}
