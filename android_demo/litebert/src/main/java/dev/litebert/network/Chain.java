package dev.litebert.network;

import dev.litebert.engine.Feeds;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.exit.Setting;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.task.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The layouts whole and split: segments run in turn, until an exit answers; mirrors {@code Chain}
 * of {@code network.py}.
 */
final class Chain implements Network {
  private final Graphs graphs;
  private final Task<?> task;
  private final List<Segment> segments;
  private final List<List<ExitReader>> exits; // those whose outputs each segment gives
  private final int last;

  /**
   * Opens the first segment, or all of them; else the others when they are first needed.
   *
   * @param segments the target's, or with the entries of one of its lengths.
   */
  Chain(Target target, List<Segment> segments, Task<?> task, Graphs graphs, boolean preload) {
    this.graphs = graphs;
    this.task = task;
    this.segments = segments;
    List<ExitReader> readers = ExitReader.all(target, task.outputs());
    this.last = readers.size() - 1;
    this.exits = new ArrayList<>();
    for (Segment segment : segments) {
      List<ExitReader> its = new ArrayList<>();
      for (ExitReader reader : readers) {
        if (segment.outputs().containsAll(reader.tensors())) {
          its.add(reader);
        }
      }
      exits.add(its);
    }
    for (Segment segment : preload ? segments : segments.subList(0, 1)) {
      graphs.open(segment);
    }
  }

  @Override
  public ExitOutputs run(int[] inputIds, int[] tokenTypeIds, Setting setting) {
    return run(feeds(inputIds, tokenTypeIds, inputIds.length, null), setting, inputIds.length);
  }

  /** The answer for feeds of which the first so many tokens are no padding. */
  ExitOutputs run(Feeds feeds, Setting setting, int tokens) {
    List<float[][]> history = setting == null ? null : new ArrayList<float[][]>();
    try (Pass pass = graphs.begin(feeds)) {
      for (int number = 0; number < segments.size(); number++) {
        pass.run(segments.get(number));
        for (ExitReader exit : exits.get(number)) {
          boolean early = exit.number() < last;
          if (early && history == null) {
            continue;
          }
          Map<String, Tensor> outputs = exit.read(pass, feeds.tokens(), tokens);
          if (early) {
            history.add(task.belief(outputs));
          }
          if (!early || setting.leaves(history)) {
            return new ExitOutputs(exit.number(), outputs);
          }
        }
      }
    }
    throw new IllegalStateException("no segment has the last exit");
  }

  @Override
  public List<Map<String, Tensor>> allExits(int[] inputIds, int[] tokenTypeIds) {
    return allExits(feeds(inputIds, tokenTypeIds, inputIds.length, null), inputIds.length);
  }

  /** The outputs of every exit for feeds of which the first so many tokens are no padding. */
  List<Map<String, Tensor>> allExits(Feeds feeds, int tokens) {
    List<Map<String, Tensor>> found = new ArrayList<>();
    try (Pass pass = graphs.begin(feeds)) {
      for (int number = 0; number < segments.size(); number++) {
        pass.run(segments.get(number));
        for (ExitReader exit : exits.get(number)) {
          found.add(exit.read(pass, feeds.tokens(), tokens));
        }
      }
    }
    return found;
  }

  /** The feeds of a text, with zeros up to a number of tokens; the mask keeps these out. */
  static Feeds feeds(int[] inputIds, int[] tokenTypeIds, int padded, float[] thresholds) {
    int[] mask = new int[padded];
    Arrays.fill(mask, 0, inputIds.length, 1);
    boolean fits = padded == inputIds.length;
    return new Feeds(
        fits ? inputIds : Arrays.copyOf(inputIds, padded),
        mask,
        fits ? tokenTypeIds : Arrays.copyOf(tokenTypeIds, padded),
        thresholds);
  }
}
