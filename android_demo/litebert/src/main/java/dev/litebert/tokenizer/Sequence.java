package dev.litebert.tokenizer;

import java.util.List;

/** Normalizers one after the other. */
final class Sequence extends Normalizer {
  private final Normalizer[] steps;

  Sequence(List<Normalizer> steps) {
    this.steps = steps.toArray(new Normalizer[0]);
  }

  @Override
  void apply(Normalized text) {
    for (Normalizer step : steps) {
      step.apply(text);
    }
  }
}
