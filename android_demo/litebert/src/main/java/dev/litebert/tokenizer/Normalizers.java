package dev.litebert.tokenizer;

import dev.litebert.ArtifactException;

/** The normalizers of a tokenizer.json, by their type. */
final class Normalizers {
  private Normalizers() {}

  /**
   * The normalizer that the field {@code normalizer} of a tokenizer.json describes; null is one that
   * changes nothing.
   *
   * @throws ArtifactException we do not have it, or a field of it is not what it should be.
   */
  static Normalizer parse(Object json) {
    throw new ArtifactException("normalizers are not there yet");
  }
}
