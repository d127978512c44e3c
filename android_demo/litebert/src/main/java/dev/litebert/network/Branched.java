package dev.litebert.network;

import dev.litebert.ArtifactException;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.exit.Setting;
import dev.litebert.graph.Exit;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.json.Repr;
import dev.litebert.task.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The layout branched: one graph that leaves by itself; it holds the rule, and thresholds are an
 * input; mirrors {@code Branched} of {@code network.py}.
 */
final class Branched implements Network {
  private static final String EXIT_LAYER = "exit_layer";

  private final Graphs graphs;
  private final Segment segment;
  private final ExitReader reader;
  private final List<Exit> exits;

  /** Opens the graph. */
  Branched(Target target, Task<?> task, Graphs graphs) {
    this.graphs = graphs;
    this.segment = target.segments().get(0);
    this.exits = target.exits();
    this.reader = ExitReader.only(task.outputs());
    graphs.open(segment);
  }

  @Override
  public ExitOutputs run(int[] inputIds, int[] tokenTypeIds, Setting setting) {
    int early = exits.size() - 1;
    Setting chosen = setting == null ? Setting.leaveAt(early, early) : setting;
    int tokens = inputIds.length;
    try (Pass pass =
        graphs.begin(Chain.feeds(inputIds, tokenTypeIds, tokens, chosen.thresholds()))) {
      pass.run(segment);
      Map<String, Tensor> outputs = reader.read(pass, tokens, tokens);
      return new ExitOutputs(exit(pass.output(EXIT_LAYER)), outputs);
    }
  }

  /** The outputs of every exit, one run each. */
  @Override
  public List<Map<String, Tensor>> allExits(int[] inputIds, int[] tokenTypeIds) {
    List<Map<String, Tensor>> found = new ArrayList<>();
    for (int number = 0; number < exits.size(); number++) {
      Setting setting = Setting.leaveAt(number, exits.size() - 1);
      found.add(run(inputIds, tokenTypeIds, setting).outputs());
    }
    return found;
  }

  /** The number of the exit that the graph says it left at. */
  private int exit(Tensor layer) {
    ExitReader.checkRow(EXIT_LAYER, layer.shape());
    long[] layers = layer.longs();
    boolean single = layers != null && layers.length == 1;
    for (int number = 0; single && number < exits.size(); number++) {
      if (exits.get(number).layer() == layers[0]) {
        return number;
      }
    }
    String shown = layers == null ? layer.toString() : Arrays.toString(layers);
    throw new ArtifactException(
        "the graph left behind the layers " + Repr.cut(shown, 80) + ExitReader.CURE);
  }
}
