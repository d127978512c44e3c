package dev.litebert;

/** A model's answer to one text: a {@link Prediction}, an {@link Embedding}, or that of another task. */
public interface Answer {
  /** The number of tokens that were read, special tokens included. */
  int tokens();

  /** Whether text beyond the limit was cut off. */
  boolean truncated();

  /** The layer, counted from 0, behind which the answer was given; null without early exits. */
  Integer exitLayer();
}
