package dev.litebert.tokenizer;

import java.util.Map;

/**
 * The fields of a tokenizer.json that say nothing about ids, checked as the tokenizers library
 * does.
 *
 * <p>Read: huggingface/tokenizers, src/decoders/, src/tokenizer/serialization.rs.
 */
final class OtherFields {
  private static final String VERSION = "1.0";

  private OtherFields() {}

  /**
   * Checks the version, the decoder and the names of all fields.
   *
   * @throws IllegalArgumentException the library does not take the file.
   */
  static void check(Object body) {
    Step file = Step.of(body, "the file");
    if (file.has("version") && !VERSION.equals(file.value("version"))) {
      throw file.wrong("version", file.value("version"), VERSION);
    }
    if (file.has("added_tokens")) {
      file.list("added_tokens");
    }
    Object decoder = file.value("decoder");
    if (decoder instanceof Map && ((Map<?, ?>) decoder).get("type") instanceof String) {
      checkDecoder(Step.typed(decoder, "its decoder"));
    } else if (decoder instanceof String
        || decoder instanceof Number
        || decoder instanceof Boolean) {
      throw file.wrong("decoder", decoder, "an object");
    }
    for (String each :
        new String[] {
          "truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "model"
        }) {
      file.value(each);
    }
    file.end();
  }

  /** Checks the decoders of the families that we read; nothing here uses one. */
  private static void checkDecoder(Step step) {
    switch (step.name()) {
      case "WordPiece":
        step.text("prefix");
        step.flag("cleanup");
        break;
      case "ByteLevel":
        step.flag("add_prefix_space");
        step.flag("trim_offsets");
        step.flag("use_regex", true);
        break;
      case "Metaspace":
        PreTokenizers.metaspace(step);
        break;
      default:
        break;
    }
  }
}
