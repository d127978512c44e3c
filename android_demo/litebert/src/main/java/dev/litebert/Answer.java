package dev.litebert;

import java.util.Map;

/**
 * A model's answer to one text: a {@link Prediction}, an {@link Embedding}, or that of another
 * task.
 */
public interface Answer {
  /** The number of tokens that were read, special tokens included. */
  int tokens();

  /** Whether text beyond the limit was cut off. */
  boolean truncated();

  /** The layer, counted from 0, behind which the answer was given; null without early exits. */
  Integer exitLayer();

  /** The answer in a line, for a terminal; the line that {@code litebert run} prints. */
  String line();

  /**
   * Every field by its name in Python ({@code exit_layer}), in Python's order, as {@code
   * dataclasses.asdict} gives them.
   *
   * <p>Values: null, String, Boolean, Integer, Double, or a List of Strings or Doubles.
   */
  Map<String, Object> fields();
}
