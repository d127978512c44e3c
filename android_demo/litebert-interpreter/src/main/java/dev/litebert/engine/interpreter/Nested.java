package dev.litebert.engine.interpreter;

import dev.litebert.engine.Tensor;

/** Nested arrays of floats, of one to four axes. */
final class Nested {
  private Nested() {}

  /** An array of a shape; null for more axes or none. */
  static Object floats(int[] shape) {
    switch (shape.length) {
      case 1:
        return new float[shape[0]];
      case 2:
        return new float[shape[0]][shape[1]];
      case 3:
        return new float[shape[0]][shape[1]][shape[2]];
      case 4:
        return new float[shape[0]][shape[1]][shape[2]][shape[3]];
      default:
        return null;
    }
  }

  /** A copy as a tensor. */
  static Tensor tensor(Object array) {
    int[] shape = new int[axes(array)];
    int length = 1;
    Object inner = array;
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = size(inner);
      length *= shape[axis];
      inner = inner instanceof Object[] && shape[axis] > 0 ? ((Object[]) inner)[0] : null;
    }
    float[] floats = new float[length];
    copy(array, floats, 0);
    return Tensor.ofFloats(shape, floats);
  }

  private static int axes(Object array) {
    if (array instanceof float[]) {
      return 1;
    }
    return array instanceof float[][] ? 2 : array instanceof float[][][] ? 3 : 4;
  }

  private static int size(Object array) {
    if (array == null) {
      return 0;
    }
    return array instanceof float[] ? ((float[]) array).length : ((Object[]) array).length;
  }

  /** Copies all numbers to a place; the place behind them. */
  private static int copy(Object array, float[] floats, int start) {
    if (array instanceof float[]) {
      float[] row = (float[]) array;
      System.arraycopy(row, 0, floats, start, row.length);
      return start + row.length;
    }
    int place = start;
    for (Object each : (Object[]) array) {
      place = copy(each, floats, place);
    }
    return place;
  }
}
