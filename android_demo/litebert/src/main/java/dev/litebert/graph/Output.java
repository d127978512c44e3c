package dev.litebert.graph;

import java.util.Arrays;

/** A named output of a network, float32; mirrors {@code outputs.py}. */
public final class Output {
  /** The size of an axis that has one row per token. */
  public static final int TOKENS = -1;

  private final String name;
  private final int[] axes;

  /** The axes of one row: without the batch axis; {@link #TOKENS} or a size each. */
  public Output(String name, int... axes) {
    this.name = name;
    this.axes = axes.clone();
  }

  /** Its name in the task, such as {@code logits}. */
  public String name() {
    return name;
  }

  /** The axes of one row: {@link #TOKENS} or a size each. */
  public int[] axes() {
    return axes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Output
        && name.equals(((Output) other).name)
        && Arrays.equals(axes, ((Output) other).axes);
  }

  @Override
  public int hashCode() {
    return name.hashCode() + Arrays.hashCode(axes);
  }
}
