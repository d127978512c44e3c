package dev.litebert.graph;

import java.util.Map;

/** A classifier or another head that may answer; mirrors {@code targets.py}. */
public final class Exit {
  private final int layer;
  private final Map<String, String> outputs;
  private final double computeShare;

  public Exit(int layer, Map<String, String> outputs, double computeShare) {
    this.layer = layer;
    this.outputs = outputs;
    this.computeShare = computeShare;
  }

  /** The layer whose hidden states it reads, counted from 0. */
  public int layer() {
    return layer;
  }

  /** The tensor that holds each of its outputs, by the output's name. */
  public Map<String, String> outputs() {
    return outputs;
  }

  /** Multiply-adds up to its answer as a share of those up to the last exit's. */
  public double computeShare() {
    return computeShare;
  }
}
