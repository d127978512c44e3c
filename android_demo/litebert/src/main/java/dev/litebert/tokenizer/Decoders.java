package dev.litebert.tokenizer;

/**
 * The decoder of a tokenizer.json, which turns ids into text. Nothing here uses it; it is checked
 * because the tokenizers library refuses a file whose decoder it cannot read.
 *
 * <p>Read: huggingface/tokenizers, src/decoders/.
 */
final class Decoders {
  private static final String TYPES =
      "BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece";

  private Decoders() {}

  /**
   * Checks the field {@code decoder} of a tokenizer.json; null has none.
   *
   * @throws IllegalArgumentException we do not have it, or a field of it is not what it should be.
   */
  static void check(Object json) {
    if (json != null) {
      checkStep(Step.typed(json, "its decoder"));
    }
  }

  private static void checkStep(Step step) {
    switch (step.name()) {
      case "BPEDecoder":
        step.text("suffix");
        break;
      case "ByteFallback":
      case "Fuse":
        break;
      case "ByteLevel":
      case "Metaspace":
        PreTokenizers.check(step);
        break;
      case "Replace":
        Step pattern = Step.of(step.value("pattern"), "the pattern of its decoder");
        pattern.text("String");
        pattern.end();
        step.text("content");
        break;
      case "Sequence":
        for (Object each : step.list("decoders")) {
          checkStep(Step.typed(each, "its decoder"));
        }
        break;
      case "Strip":
        if (CodePoints.of(step.text("content")).length != 1) {
          throw step.wrong("content", step.value("content"), "one character");
        }
        step.number("start");
        step.number("stop");
        break;
      case "WordPiece":
        step.text("prefix");
        step.flag("cleanup");
        break;
      default:
        throw Unsupported.step("decoder", step.name(), TYPES);
    }
    step.end();
  }
}
