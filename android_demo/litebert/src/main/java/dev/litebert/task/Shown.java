package dev.litebert.task;

import dev.litebert.graph.Output;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.List;

/** Values in messages, as Python shows them. */
final class Shown {
  private Shown() {}

  /** Values as Python shows a tuple of them. */
  static String tuple(List<?> values) {
    StringBuilder shown = new StringBuilder("(");
    for (Object each : values) {
      shown.append(shown.length() == 1 ? "" : ", ").append(Repr.of(each));
    }
    return shown.append(values.size() == 1 ? ",)" : ")").toString();
  }

  /** An output's name and all of its axes. */
  static List<Object> output(Output output) {
    List<Object> parts = new ArrayList<>();
    parts.add(output.name());
    parts.add("batch");
    for (int size : output.axes()) {
      parts.add(size == Output.TOKENS ? "tokens" : (Object) size);
    }
    return parts;
  }

  /** Numbers as a list of the doubles that are equal to them. */
  static List<Double> numbers(float[] values) {
    List<Double> numbers = new ArrayList<>(values.length);
    for (float each : values) {
      numbers.add((double) each);
    }
    return numbers;
  }
}
