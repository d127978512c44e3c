package dev.litebert.engine.contract;

import dev.litebert.engine.Feeds;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A golden case: ids, and the outputs of each exit within a tolerance. */
final class Case {
  final int[] inputIds;
  final int[] tokenTypeIds;
  final Map<String, Object> outputs; // by name a list with a value for each exit
  final double tolerance;

  @SuppressWarnings("unchecked")
  Case(Map<String, Object> json) {
    inputIds = ints(json.get("input_ids"));
    tokenTypeIds = ints(json.get("token_type_ids"));
    outputs = (Map<String, Object>) json.get("outputs");
    tolerance = ((Number) json.get("tolerance")).doubleValue();
  }

  /** Its ids, padded to so many tokens, or as they are where there are more. */
  Feeds feeds(int tokens, float[] thresholds) {
    int length = Math.max(tokens, inputIds.length);
    int[] mask = new int[length];
    Arrays.fill(mask, 0, inputIds.length, 1);
    return new Feeds(
        Arrays.copyOf(inputIds, length), mask, Arrays.copyOf(tokenTypeIds, length), thresholds);
  }

  private static int[] ints(Object json) {
    List<?> values = (List<?>) json;
    int[] ints = new int[values.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = ((Number) values.get(i)).intValue();
    }
    return ints;
  }

  /** The numbers of nested lists, one after another. */
  static double[] flat(Object json) {
    if (json instanceof Number) {
      return new double[] {((Number) json).doubleValue()};
    }
    double[] all = new double[0];
    for (Object each : (List<?>) json) {
      double[] more = flat(each);
      int start = all.length;
      all = Arrays.copyOf(all, start + more.length);
      System.arraycopy(more, 0, all, start, more.length);
    }
    return all;
  }
}
