package dev.litebert.network;

import dev.litebert.InputException;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Tensor;
import dev.litebert.exit.Setting;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A chain for each length that a target's graphs take; a text is padded to the shortest that fits;
 * mirrors {@code FixedLengths} of {@code network.py}.
 */
final class FixedLengths implements Network {
  private final Target target;
  private final Task<?> task;
  private final Graphs graphs;
  private final Chain[] chains; // by the number of the length; null until it is needed

  /** Opens all lengths, or each when it is first needed. */
  FixedLengths(Target target, Task<?> task, Graphs graphs, boolean preload) {
    this.target = target;
    this.task = task;
    this.graphs = graphs;
    this.chains = new Chain[target.lengths().size()];
    for (int number = 0; preload && number < chains.length; number++) {
      chain(number, true);
    }
  }

  @Override
  public ExitOutputs run(int[] inputIds, int[] tokenTypeIds, Setting setting) {
    int fitting = fitting(inputIds.length);
    int padded = target.lengths().get(fitting);
    return chain(fitting, false)
        .run(Chain.feeds(inputIds, tokenTypeIds, padded, null), setting, inputIds.length);
  }

  @Override
  public List<Map<String, Tensor>> allExits(int[] inputIds, int[] tokenTypeIds) {
    int fitting = fitting(inputIds.length);
    int padded = target.lengths().get(fitting);
    return chain(fitting, false)
        .allExits(Chain.feeds(inputIds, tokenTypeIds, padded, null), inputIds.length);
  }

  private int fitting(int tokens) {
    List<Integer> lengths = target.lengths();
    for (int number = 0; number < lengths.size(); number++) {
      if (lengths.get(number) >= tokens) {
        return number;
      }
    }
    throw new InputException(
        "an input has " + tokens + " tokens, expected at most " + lengths.get(lengths.size() - 1));
  }

  private synchronized Chain chain(int number, boolean preload) {
    if (chains[number] == null) {
      List<Segment> segments = new ArrayList<>();
      for (Segment each : target.segments()) {
        String entry = each.entry() + "_" + target.lengths().get(number);
        segments.add(new Segment(each.name(), each.file(), entry, each.inputs(), each.outputs()));
      }
      chains[number] = new Chain(target, segments, task, graphs, preload);
    }
    return chains[number];
  }
}
