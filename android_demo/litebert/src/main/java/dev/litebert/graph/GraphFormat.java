package dev.litebert.graph;

import dev.litebert.json.Repr;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A format of graphs in an artifact; each has a target of the same name. Mirrors {@code
 * graph_formats.py}.
 */
public final class GraphFormat {
  public static final String WHOLE = "whole";
  public static final String SPLIT = "split";
  public static final String BRANCHED = "branched";

  /** A call takes one row. */
  public static final String ONE = "one";

  /** A call takes several rows, independent of each other. */
  public static final String INDEPENDENT = "independent";

  /** A call takes several rows, which may change each other. */
  public static final String MIXED = "mixed";

  private static final List<GraphFormat> ALL =
      Collections.unmodifiableList(
          Arrays.asList(
              new GraphFormat(
                  "onnx",
                  "ONNX",
                  list(WHOLE, SPLIT, BRANCHED),
                  list(ONE, INDEPENDENT, MIXED),
                  true),
              new GraphFormat("tflite", "TFLite", list(WHOLE, SPLIT), list(ONE), false)));

  private final String name;
  private final String title;
  private final List<String> layouts;
  private final List<String> rows;
  private final boolean namesFiles;

  private GraphFormat(
      String name, String title, List<String> layouts, List<String> rows, boolean namesFiles) {
    this.name = name;
    this.title = title;
    this.layouts = layouts;
    this.rows = rows;
    this.namesFiles = namesFiles;
  }

  private static List<String> list(String... values) {
    return Collections.unmodifiableList(Arrays.asList(values));
  }

  /** Every format that this reader knows. */
  public static List<GraphFormat> all() {
    return ALL;
  }

  /** The format of a target's name; null where there is none. */
  public static GraphFormat of(String name) {
    for (GraphFormat each : ALL) {
      if (each.name.equals(name)) {
        return each;
      }
    }
    return null;
  }

  /** The name of the target and of its folder, and the ending of its graph files. */
  public String name() {
    return name;
  }

  /** The format as people write it. */
  public String title() {
    return title;
  }

  /** The ways to cut a student into its graphs. */
  public List<String> layouts() {
    return layouts;
  }

  /** The rows that a call may take. */
  public List<String> rows() {
    return rows;
  }

  /**
   * Whether a file holds several graphs, each with an entry (a signature's key). Only such a file
   * can have graphs of fixed lengths.
   */
  public boolean hasEntries() {
    return !namesFiles;
  }

  /** Whether a graph names other files, with weights, which engines then open. */
  public boolean namesFiles() {
    return namesFiles;
  }

  /** Whether engines keep the graph's own file mapped into memory. */
  public boolean staysMapped() {
    return !namesFiles;
  }

  /** The ending of its graph files. */
  public String suffix() {
    return "." + name;
  }

  /** The problem of a segment's place among the files of this format; null where it is right. */
  String misplaced(Segment segment) {
    // ONNX Runtime takes a file of another ending for another format.
    String file = segment.file();
    boolean named = file.startsWith(name + "/") && file.endsWith(suffix());
    if (named && (segment.entry() != null) == hasEntries()) {
      return null;
    }
    StringBuilder places = new StringBuilder();
    for (GraphFormat each : ALL) {
      places
          .append(places.length() == 0 ? "" : ", or ")
          .append(each.hasEntries() ? "a name" : "null");
      places.append(" in a file ").append(each.name).append("/*").append(each.suffix());
    }
    return ("the entry " + Repr.of(segment.entry(), 80) + " in the file " + Repr.of(file, 80))
        + (", expected " + places);
  }
}
