package dev.litebert;

import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Labels and numbers of answers as their strings and fields show them. */
final class Shown {
  private static final int LABELS = 4;
  private static final int CHARACTERS = 30;
  private static final int HEAD = 13;
  private static final int TAIL = 14;

  private Shown() {}

  /** Labels as Python writes them; of many the first, and their number. */
  static String shortened(List<String> labels) {
    List<String> shown = new ArrayList<>();
    for (String each : labels.subList(0, Math.min(LABELS, labels.size()))) {
      shown.add(label(each));
    }
    if (labels.size() > LABELS) {
      shown.add("... " + labels.size() + " in all");
    }
    return "(" + String.join(", ", shown) + (labels.size() == 1 ? ",)" : ")");
  }

  /** A label as Python writes it, a long one without its middle; mirrors {@code reprlib.repr}. */
  static String label(String label) {
    int points = label.codePointCount(0, label.length());
    String shown = Repr.of(Repr.cut(label, CHARACTERS));
    if (points <= CHARACTERS && shown.codePointCount(0, shown.length()) <= CHARACTERS) {
      return shown;
    }
    int tail = Math.min(TAIL, points);
    shown = Repr.of(Repr.cut(label, HEAD) + end(label, tail));
    return Repr.cut(shown, HEAD) + "..." + end(shown, TAIL);
  }

  /** Numbers as a list. */
  static List<Double> numbers(double[] values) {
    List<Double> numbers = new ArrayList<>(values.length);
    for (double each : values) {
      numbers.add(each);
    }
    return Collections.unmodifiableList(numbers);
  }

  /** Numbers as a list of the doubles that are equal to them. */
  static List<Double> numbers(float[] values) {
    List<Double> numbers = new ArrayList<>(values.length);
    for (float each : values) {
      numbers.add((double) each);
    }
    return Collections.unmodifiableList(numbers);
  }

  /** The last so many code points of a text. */
  private static String end(String text, int points) {
    return text.substring(text.offsetByCodePoints(text.length(), -points));
  }
}
