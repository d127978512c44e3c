package dev.litebert.tokenizer;

import dev.litebert.json.Repr;

/** The models of a tokenizer.json, by their type. */
final class Models {
  private static final int SHOWN = 40;

  private Models() {}

  /**
   * The model of a file, whose vocabulary is sound by {@link FileCheck}.
   *
   * @throws IllegalArgumentException we do not have it, or a field of it is not what it should be.
   */
  static PieceModel parse(TokenizerFile file) {
    Step step = Step.typed(file.body().get("model"), "its model");
    boolean isUnigram = step.name().equals("Unigram");
    if (file.pieces() == null || file.isList() != isUnigram) {
      throw new IllegalArgumentException(
          "a vocabulary that is no " + (isUnigram ? "list" : "object"));
    }
    if ((file.merges() != null) != step.name().equals("BPE")) {
      throw new IllegalArgumentException("merges of a model " + Repr.of(step.name(), SHOWN));
    }
    PieceModel model = model(file, step);
    step.end();
    return model;
  }

  private static PieceModel model(TokenizerFile file, Step step) {
    switch (step.name()) {
      case "WordPiece":
        return new WordPiece(
            file.pieces(),
            known(file.pieces(), step.text("unk_token")),
            step.text("continuing_subword_prefix"),
            step.number("max_input_chars_per_word"));
      case "BPE":
        return bpe(file, step);
      case "Unigram":
        return new Unigram(file.pieces(), step.number("unk_id"), step.flag("byte_fallback", false));
      default:
        throw Unsupported.step("model", step.name(), "WordPiece, BPE, Unigram");
    }
  }

  private static PieceModel bpe(TokenizerFile file, Step step) {
    Object dropout = step.value("dropout");
    if (dropout != null && !(dropout instanceof Number && ((Number) dropout).doubleValue() == 0)) {
      throw step.wrong("dropout", dropout, "null");
    }
    String unknown = step.text("unk_token", null);
    String prefix = step.text("continuing_subword_prefix", "");
    String suffix = step.text("end_of_word_suffix", "");
    boolean fallback = step.flagOrNull("byte_fallback", false);
    if (fallback && !(prefix.isEmpty() && suffix.isEmpty())) {
      throw new IllegalArgumentException("BPE has byte_fallback and marks of pieces, expected one");
    }
    BpeOptions options =
        new BpeOptions(
            unknown == null ? -1 : known(file.pieces(), unknown),
            prefix,
            suffix,
            step.flagOrNull("fuse_unk", false),
            fallback,
            step.flagOrNull("ignore_merges", false));
    return new Bpe(file.pieces(), new MergeTable(file.merges(), file.pieces(), prefix), options);
  }

  private static int known(PieceTable pieces, String token) {
    int piece = pieces.find(token);
    if (piece < 0) {
      throw new IllegalArgumentException(
          "unk_token is " + Repr.of(token, SHOWN) + ", which its vocabulary lacks");
    }
    return piece;
  }
}
