package dev.litebert.graph;

import java.util.List;

/** A graph that runs in one call; mirrors {@code targets.py}. */
public final class Segment {
  private final String name;
  private final String file;
  private final String entry;
  private final List<String> inputs;
  private final List<String> outputs;

  public Segment(
      String name, String file, String entry, List<String> inputs, List<String> outputs) {
    this.name = name;
    this.file = file;
    this.entry = entry;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /** Its name in the plan, such as {@code whole}. */
  public String name() {
    return name;
  }

  /** Path of the graph, relative to the artifact. */
  public String file() {
    return file;
  }

  /** Signature key for TFLite, null for ONNX. */
  public String entry() {
    return entry;
  }

  /** Names of the graph's inputs. */
  public List<String> inputs() {
    return inputs;
  }

  /** Names of its outputs. */
  public List<String> outputs() {
    return outputs;
  }
}
