package dev.litebert.tokenizer;

/**
 * The steps from a text to its tokens, without special tokens. Immutable: threads may share it,
 * each with a {@link Worker} of its own.
 *
 * <p>Read: huggingface/tokenizers, src/tokenizer/mod.rs (encode_single_sequence).
 */
final class Pipeline {
  private final AddedTokens added;
  private final Normalizer normalizer;
  private final PreTokenizer[] splits;
  private final PieceModel model;
  private final PieceTable pieces;

  private Pipeline(TokenizerFile file, Normalizer normalizer) {
    this.normalizer = normalizer;
    pieces = file.pieces();
    model = Models.parse(file);
    added = AddedTokens.parse(file.body(), pieces, normalizer);
    splits = PreTokenizers.parse(file.body().get("pre_tokenizer")).toArray(new PreTokenizer[0]);
  }

  /**
   * The steps that a tokenizer.json describes.
   *
   * @param file the content, sound by {@link FileCheck}.
   * @throws IllegalArgumentException we do not have a step, or a field of it is not what it should
   *     be.
   */
  static Pipeline parse(TokenizerFile file, Normalizer normalizer) {
    return new Pipeline(file, normalizer);
  }

  Worker worker() {
    return new Worker();
  }

  AddedTokens added() {
    return added;
  }

  PieceTable pieces() {
    return pieces;
  }

  /** Tokenizes; it has buffers of its own, so that each thread needs another one. */
  final class Worker {
    private final Normalized whole = new Normalized();
    private final Normalized part = new Normalized();
    private final Stretches outer = new Stretches();
    private final Stretches inner = new Stretches();
    private final Splits words = new Splits();
    private final PieceModel.Cutter cutter = model.cutter();

    private Worker() {}

    /** The size of its buffers, in code points. */
    int size() {
      return Math.max(whole.points.length, part.points.length);
    }

    /** Adds the tokens of a stretch of a text, given in UTF-16 indexes as their places are. */
    void run(String text, int from, int to, Tokens out) {
      whole.set(text, from, to);
      added.findPlain(whole, outer);
      for (int i = 0; i < outer.length; i++) {
        int start = outer.starts[i];
        int end = outer.ends[i];
        if (outer.tokens[i] != null) {
          add(outer.tokens[i], whole, start, end, out);
        } else if (outer.length == 1) {
          runPart(whole, out);
        } else {
          part.clear();
          for (int at = start; at < end; at++) {
            part.add(whole.points[at], whole.starts[at], whole.ends[at]);
          }
          runPart(part, out);
        }
      }
    }

    /** Adds the tokens of a text between added tokens. */
    private void runPart(Normalized text, Tokens out) {
      normalizer.apply(text);
      added.findNormalized(text, inner);
      for (int i = 0; i < inner.length; i++) {
        if (inner.tokens[i] != null) {
          add(inner.tokens[i], text, inner.starts[i], inner.ends[i], out);
          continue;
        }
        words.set(text, inner.starts[i], inner.ends[i]);
        for (PreTokenizer each : splits) {
          each.apply(words);
        }
        for (int word = 0; word < words.length; word++) {
          cutter.cut(words.text, words.starts[word], words.ends[word], out);
        }
      }
    }

    private void add(AddedToken token, Normalized text, int from, int to, Tokens out) {
      out.addStretch(
          token.id,
          text.starts[from],
          text.ends[to - 1],
          Spaces.before(text, from, to),
          Spaces.behind(text, from, to));
    }
  }
}
