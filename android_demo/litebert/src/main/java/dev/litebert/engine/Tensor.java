package dev.litebert.engine;

import java.util.Arrays;

/** An output of a graph, copied into Java. */
public final class Tensor {
  private final String type;
  private final int[] shape;
  private final float[] floats;
  private final long[] longs;

  private Tensor(String type, int[] shape, float[] floats, long[] longs) {
    this.type = type;
    this.shape = shape;
    this.floats = floats;
    this.longs = longs;
  }

  /** Float32 numbers in row-major order. */
  public static Tensor ofFloats(int[] shape, float[] floats) {
    return new Tensor("float32", shape, floats, null);
  }

  /** Int64 numbers in row-major order. */
  public static Tensor ofLongs(int[] shape, long[] longs) {
    return new Tensor("int64", shape, null, longs);
  }

  /** A tensor whose content nobody reads, as its type is none that a graph may give. */
  public static Tensor ofOther(String type, int[] shape) {
    return new Tensor(type, shape, null, null);
  }

  /** The type's name in numpy. */
  public String type() {
    return type;
  }

  /** The sizes, batch first; not to be changed. */
  public int[] shape() {
    return shape;
  }

  /** The numbers, not to be changed; null for another type than float32. */
  public float[] floats() {
    return floats;
  }

  /** The numbers, not to be changed; null for another type than int64. */
  public long[] longs() {
    return longs;
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
