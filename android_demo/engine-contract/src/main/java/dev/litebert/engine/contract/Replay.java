package dev.litebert.engine.contract;

import dev.litebert.engine.Feeds;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Golden cases through all segments of an artifact. */
final class Replay {
  private static final float NEVER = -1;
  private static final float ALWAYS = 1e30f;
  private static final int SOME_ID = 5;

  private Replay() {}

  /** The worst difference from an artifact's golden outputs, as a share of the tolerance. */
  static double worst(Artifact artifact, Graphs graphs) {
    double worst = 0;
    for (Case each : artifact.cases) {
      worst = Math.max(worst, worst(artifact, each, graphs));
    }
    return worst;
  }

  static double worst(Artifact artifact, Case golden, Graphs graphs) {
    return artifact.target.layout().equals("branched")
        ? worstBranched(artifact, golden, graphs)
        : worstChain(artifact, golden, graphs);
  }

  private static double worstChain(Artifact artifact, Case golden, Graphs graphs) {
    int length = length(artifact, golden);
    try (Pass pass = graphs.begin(golden.feeds(length, null))) {
      for (Segment segment : segments(artifact, length)) {
        pass.run(segment);
      }
      double worst = 0;
      for (int exit = 0; exit < Math.max(1, artifact.exits.size()); exit++) {
        for (String name : golden.outputs.keySet()) {
          String tensor = artifact.exits.isEmpty() ? name : artifact.exits.get(exit).get(name);
          worst = Math.max(worst, difference(pass.output(tensor), golden, name, exit));
        }
      }
      return worst;
    }
  }

  private static double worstBranched(Artifact artifact, Case golden, Graphs graphs) {
    double worst = 0;
    for (int exit = 0; exit < artifact.exits.size(); exit++) {
      float[] thresholds = new float[artifact.exits.size() - 1];
      Arrays.fill(thresholds, NEVER);
      if (exit < thresholds.length) {
        thresholds[exit] = ALWAYS;
      }
      try (Pass pass = graphs.begin(golden.feeds(0, thresholds))) {
        pass.run(artifact.target.segments().get(0));
        long layer = pass.output("exit_layer").longs()[0];
        if (layer != exit) {
          throw new AssertionError("it left behind layer " + layer + ", not " + exit);
        }
        for (String name : golden.outputs.keySet()) {
          worst = Math.max(worst, difference(pass.output(name), golden, name, exit));
        }
      }
    }
    return worst;
  }

  private static double difference(Tensor found, Case golden, String name, int exit) {
    double[] expected = Case.flat(((List<?>) golden.outputs.get(name)).get(exit));
    float[] floats = found.floats();
    if (floats.length != expected.length) {
      throw new AssertionError(name + " is " + found + ", expected " + expected.length);
    }
    double most = 0;
    for (int i = 0; i < floats.length; i++) {
      double difference = Math.abs(floats[i] - expected[i]);
      most = difference <= most ? most : difference; // NaN stays
    }
    return most / golden.tolerance;
  }

  /** The length that a case is padded to. */
  private static int length(Artifact artifact, Case golden) {
    for (int each : artifact.target.lengths()) {
      if (each >= golden.inputIds.length) {
        return each;
      }
    }
    return golden.inputIds.length;
  }

  /** The segments for a length: of fixed ones each has its own signatures. */
  static List<Segment> segments(Artifact artifact, int length) {
    if (artifact.target.lengths().isEmpty()) {
      return artifact.target.segments();
    }
    List<Segment> segments = new ArrayList<Segment>();
    for (Segment each : artifact.target.segments()) {
      String entry = each.entry() + "_" + length;
      segments.add(new Segment(each.name(), each.file(), entry, each.inputs(), each.outputs()));
    }
    return segments;
  }

  /** The feeds of a text of so many tokens. */
  static Feeds feeds(int tokens) {
    return feedsOf(SOME_ID, tokens);
  }

  /** The feeds of one id again and again. */
  static Feeds feedsOf(int id, int tokens) {
    int[] ids = new int[tokens];
    int[] mask = new int[tokens];
    Arrays.fill(ids, id);
    Arrays.fill(mask, 1);
    return new Feeds(ids, mask, new int[tokens], null);
  }
}
