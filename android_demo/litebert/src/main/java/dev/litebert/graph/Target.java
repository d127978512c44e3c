package dev.litebert.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The graphs of one format in an artifact; mirrors {@code targets.py}. */
public final class Target {
  /** The names of a graph's inputs, int32 [batch, tokens]. */
  public static final List<String> GRAPH_INPUTS =
      Collections.unmodifiableList(Arrays.asList("input_ids", "attention_mask", "token_type_ids"));

  /** One more input of the layout branched. */
  public static final String THRESHOLDS = "thresholds";

  /** An output of the layout branched. */
  public static final String EXIT_LAYER = "exit_layer";

  /** An output of the layout branched. */
  public static final String UNCERTAINTY = "uncertainty";

  private final String name;
  private final String layout;
  private final String recipe;
  private final String arithmetic;
  private final String rows;
  private final boolean movedByPadding;
  private final List<Segment> segments;
  private final List<Exit> exits;
  private final Map<String, Object> calibration;
  private final List<Integer> lengths;

  public Target(
      String name,
      String layout,
      String recipe,
      String arithmetic,
      String rows,
      boolean movedByPadding,
      List<Segment> segments,
      List<Exit> exits,
      Map<String, Object> calibration,
      List<Integer> lengths) {
    this.name = name;
    this.layout = layout;
    this.recipe = recipe;
    this.arithmetic = arithmetic;
    this.rows = rows;
    this.movedByPadding = movedByPadding;
    this.segments = segments;
    this.exits = exits;
    this.calibration = calibration;
    this.lengths = lengths;
  }

  /** {@code onnx} or {@code tflite}. */
  public String name() {
    return name;
  }

  /** {@code whole}, {@code split} or {@code branched}. */
  public String layout() {
    return layout;
  }

  /** The name of the recipe that quantized it, for people. */
  public String recipe() {
    return recipe;
  }

  /** {@code int8} or {@code float32}, of its linears. */
  public String arithmetic() {
    return arithmetic;
  }

  /** {@code one}, {@code independent} or {@code mixed}. */
  public String rows() {
    return rows;
  }

  /** Whether padding may move an answer by more than float32's last digits. */
  public boolean movedByPadding() {
    return movedByPadding;
  }

  /** The graphs in running order. */
  public List<Segment> segments() {
    return segments;
  }

  /** In the order of their layers; empty for a student without early ones. */
  public List<Exit> exits() {
    return exits;
  }

  /** The settings with their figures as in the manifest; null before a calibration. */
  public Map<String, Object> calibration() {
    return calibration;
  }

  /** The numbers of tokens that its graphs take, rising; empty: any. */
  public List<Integer> lengths() {
    return lengths;
  }
}
