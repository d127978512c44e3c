package dev.litebert.network;

import dev.litebert.Answer;
import dev.litebert.Encoding;
import dev.litebert.InputException;
import dev.litebert.Text;
import dev.litebert.artifact.Artifact;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Tensor;
import dev.litebert.exit.Setting;
import dev.litebert.graph.Exit;
import dev.litebert.graph.Target;
import dev.litebert.task.Outcome;
import dev.litebert.task.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The engine side of an opened artifact: token ids in, outputs of its exits out; mirrors {@code
 * runner.py}. Threads may share one, and close it at any time.
 */
public final class Runner implements AutoCloseable {
  private final Artifact artifact;
  private final Target target;
  private final String backend;
  private final List<Integer> exitLayers;
  private final List<String> mapped;
  private final Network network;
  private final Use use;

  private Runner(Artifact artifact, Target target, String backend, Network network, Use use) {
    this.artifact = artifact;
    this.target = target;
    this.backend = backend;
    this.network = network;
    this.use = use;
    List<Integer> layers = new ArrayList<>();
    for (Exit each : target.exits()) {
      layers.add(each.layer());
    }
    this.exitLayers = Collections.unmodifiableList(layers);
    this.mapped = artifact.mappedFiles(target.name());
  }

  /**
   * Opens an artifact's graphs.
   *
   * @param chosen the engine and the target.
   * @param preload whether all segments are opened now.
   * @throws dev.litebert.ArtifactException the engine refuses a graph, or a file was replaced.
   */
  public static Runner open(Artifact artifact, Engines.Chosen chosen, boolean preload) {
    final Graphs graphs = chosen.graphs();
    Use use =
        new Use(
            new Runnable() {
              @Override
              public void run() {
                graphs.close();
              }
            });
    try {
      Network network = network(chosen.target(), artifact.task(), graphs, preload);
      return new Runner(artifact, chosen.target(), chosen.engine().name(), network, use);
    } catch (RuntimeException | Error error) {
      use.close();
      throw error;
    }
  }

  private static Network network(Target target, Task<?> task, Graphs graphs, boolean preload) {
    if (target.layout().equals("branched")) {
      return new Branched(target, task, graphs);
    }
    if (!target.lengths().isEmpty()) {
      return new FixedLengths(target, task, graphs, preload);
    }
    return new Chain(target, target.segments(), task, graphs, preload);
  }

  /** The opened artifact. */
  public Artifact artifact() {
    return artifact;
  }

  /** The graphs in use. */
  public Target target() {
    return target;
  }

  /** The name of the engine in use. */
  public String backend() {
    return backend;
  }

  /** The layers, counted from 0, behind which an answer may be given; empty without exits. */
  public List<Integer> exitLayers() {
    return exitLayers;
  }

  /** The number of exits before the last layer. */
  public int earlyExits() {
    return Math.max(0, exitLayers.size() - 1);
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return use.isClosed();
  }

  /** The token ids that the network reads for a text or pair. */
  public Encoding tokenize(Text text) {
    return artifact.tokenizer().encode(text);
  }

  /**
   * The answers to texts, in their order.
   *
   * @param setting null: all layers run.
   * @throws InputException the runner was closed; closing it during this call does not end it.
   * @throws dev.litebert.ArtifactException an output of a graph differs from the manifest's, or is
   *     not finite.
   */
  public List<Answer> answers(List<Text> texts, Setting setting) {
    begin();
    try {
      List<Encoding> encodings = new ArrayList<>(texts.size());
      List<ExitOutputs> found = new ArrayList<>(texts.size());
      for (Text text : texts) {
        Encoding encoding = tokenize(text);
        encodings.add(encoding);
        found.add(network.run(encoding.inputIds(), encoding.tokenTypeIds(), setting));
      }
      artifact.checkMapped(mapped); // before a number of another file is complained of
      List<Answer> answers = new ArrayList<>(texts.size());
      for (int row = 0; row < texts.size(); row++) {
        answers.add(decode(texts.get(row), encodings.get(row), found.get(row)));
      }
      return answers;
    } finally {
      use.end();
    }
  }

  /** The answer to one text; see {@link #answers}. */
  public Answer answer(Text text, Setting setting) {
    return answers(Collections.singletonList(text), setting).get(0);
  }

  /** The outputs of the exit that answers token ids; see {@link #answers}. */
  ExitOutputs run(int[] inputIds, int[] tokenTypeIds, Setting setting) {
    begin();
    try {
      return network.run(inputIds, tokenTypeIds, setting);
    } finally {
      use.end();
    }
  }

  /** The outputs of every exit for token ids; see {@link #answers}. */
  public List<Map<String, Tensor>> allExits(int[] inputIds, int[] tokenTypeIds) {
    begin();
    try {
      List<Map<String, Tensor>> found = network.allExits(inputIds, tokenTypeIds);
      artifact.checkMapped(mapped);
      return found;
    } finally {
      use.end();
    }
  }

  /**
   * The task's answer to a text, from the network's.
   *
   * @throws dev.litebert.ArtifactException a number in it is not finite.
   */
  Answer decode(Text text, Encoding encoding, ExitOutputs found) {
    Integer exitLayer = exitLayers.isEmpty() ? null : exitLayers.get(found.exit());
    return artifact.task().answer(new Outcome(text, encoding, found.outputs(), exitLayer));
  }

  /** Frees the engine's memory, behind the last answer that is on its way. */
  @Override
  public void close() {
    use.close();
  }

  private void begin() {
    if (!use.begin()) {
      throw new InputException("the model was closed; open it again with LiteBert.load()");
    }
  }
}
