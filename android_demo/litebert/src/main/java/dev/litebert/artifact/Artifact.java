package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.engine.GraphFiles;
import dev.litebert.exit.Rule;
import dev.litebert.exit.Rules;
import dev.litebert.graph.GraphFormat;
import dev.litebert.graph.Output;
import dev.litebert.graph.OutputsParser;
import dev.litebert.graph.Target;
import dev.litebert.graph.TargetParser;
import dev.litebert.json.Fields;
import dev.litebert.json.StrictJson;
import dev.litebert.task.Task;
import dev.litebert.task.Tasks;
import dev.litebert.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A checked artifact; mirrors {@code artifact.py}. Threads may share one. */
public final class Artifact implements GraphFiles {
  static final String TOKENIZER = "tokenizer.json";

  private static final int TOKENIZER_LIMIT_BYTES = 64_000_000;
  private static final String PAIR = "pair";
  private static final List<String> INPUTS = Arrays.asList("text", PAIR);
  private static final List<String> PAIRS =
      Arrays.asList(TextTokenizer.LONGEST_FIRST, TextTokenizer.JOINED, TextTokenizer.NO_PAIRS);

  private final Path path;
  private final String name;
  private final Task<?> task;
  private final String pairs;
  private final String inputs;
  private final int maxTokens;
  private final Rule exitRule;
  private final Map<String, Target> targets;
  private final TextTokenizer tokenizer;
  private final CheckedFiles checked;
  private final String digest;

  /** Checks the facts of a manifest, in the order of ARTIFACT.md; the files were checked. */
  Artifact(Path folder, Map<String, Object> manifest, CheckedFiles files, boolean hashed)
      throws IOException {
    path = folder;
    checked = files;
    Map<String, Object> facts = Fields.object(manifest, "task");
    List<Output> outputs = OutputsParser.parse(manifest);
    task = Tasks.parse(facts, outputs);
    pairs = Fields.choice(manifest, "pairs", PAIRS);
    inputs = inputs(manifest, pairs);
    targets = targets(manifest, files, outputs);
    if (!hashed) { // of the graphs, which were checked then
      for (Target target : targets.values()) {
        OnnxGraph.check(target, files);
      }
    }
    long ids = Vocabulary.size(manifest);
    name = Fields.text(manifest, "name");
    Fields.text(manifest, "family"); // for people, but it has to be there
    Number limit = Fields.positive(manifest, "max_tokens");
    exitRule = Rules.parse(manifest.get("exit_rule"));
    tokenizer =
        TextTokenizer.parse(
            files.read(TOKENIZER, TOKENIZER_LIMIT_BYTES),
            path.resolve(TOKENIZER).toString(),
            pairs,
            ids);
    digest = Fields.text(manifest, "digest");
    maxTokens = limit.intValue();
    List<String> problems = new Agreement(this, limit.toString()).problems();
    if (!problems.isEmpty()) {
      throw new ArtifactException(
          (path.resolve(Fields.MANIFEST) + ": " + String.join("; ", problems))
              + "; export the model again");
    }
  }

  /**
   * The artifact in a folder, after its paths, sizes, hashes and facts were checked.
   *
   * @param folder the folder.
   * @param digest null, or the {@link #digest()} that this artifact had when it was opened with
   *     null. The program must have put the files into a place where no one else writes. Only the
   *     manifest and the tokenizer are then read and hashed; of the other files, existence and
   *     sizes are checked.
   * @throws dev.litebert.InputException there is no such folder, it is not an artifact, or it
   *     cannot be read.
   * @throws ArtifactException a file is missing, changed or outside the folder, a fact is wrong, or
   *     the digest is another.
   * @throws dev.litebert.UnsupportedFormatException a newer LiteBERT wrote it.
   */
  public static Artifact open(Path folder, String digest) {
    return ArtifactReader.open(folder, digest);
  }

  private static String inputs(Map<String, Object> manifest, String pairs) {
    if (manifest.get("inputs") == null) {
      return null;
    }
    String inputs = Fields.choice(manifest, "inputs", INPUTS);
    if (inputs.equals(PAIR) && pairs.equals(TextTokenizer.NO_PAIRS)) {
      throw new ArtifactException(
          (Fields.MANIFEST + ": inputs is " + inputs + ", but pairs is " + pairs)
              + "; export the model again");
    }
    return inputs;
  }

  private static Map<String, Target> targets(
      Map<String, Object> manifest, CheckedFiles files, List<Output> outputs) {
    Map<String, Target> targets = new LinkedHashMap<>();
    for (Map.Entry<String, Object> each : Fields.object(manifest, "targets").entrySet()) {
      String name = each.getKey();
      targets.put(name, TargetParser.parse(name, each.getValue(), files.sizes().keySet(), outputs));
    }
    return Collections.unmodifiableMap(targets);
  }

  /** Its folder, absolute and over no link. */
  public Path path() {
    return path;
  }

  /** The checkpoint's name. */
  public String name() {
    return name;
  }

  /** What the outputs mean. */
  public Task<?> task() {
    return task;
  }

  /**
   * The way two texts are cut to the limit: {@code longest-first}, {@code joined} or {@code none}.
   */
  public String pairs() {
    return pairs;
  }

  /** {@code text} or {@code pair}: what the model was made for; null where nobody said. */
  public String inputs() {
    return inputs;
  }

  /** The longest input, special tokens included. */
  public int maxTokens() {
    return maxTokens;
  }

  /** The rule by which exits answer; null for a student without exits. */
  public Rule exitRule() {
    return exitRule;
  }

  /** The graphs, by the target's name, in the manifest's order. */
  public Map<String, Target> targets() {
    return targets;
  }

  /** Turns text into ids. */
  public TextTokenizer tokenizer() {
    return tokenizer;
  }

  /** The manifest's digest (hex). */
  public String digest() {
    return digest;
  }

  /** Each file's relative path and its size in bytes. */
  public Map<String, Long> files() {
    return checked.sizes();
  }

  /**
   * The golden cases of a target: JSON objects, one at least, which the caller checks.
   *
   * @throws ArtifactException golden.json was replaced since the artifact was opened, is no JSON,
   *     or has no such list.
   */
  public List<?> golden(String target) {
    byte[] content = checked.read(Golden.FILE, Manifest.JSON_LIMIT_BYTES);
    Object golden = StrictJson.parseFile(path.resolve(Golden.FILE), content);
    Object cases = golden instanceof Map ? ((Map<?, ?>) golden).get(target) : null;
    if (!(cases instanceof List) || ((List<?>) cases).isEmpty()) {
      throw Golden.notAsSpecified(this);
    }
    return (List<?>) cases;
  }

  @Override
  public Path path(String file) {
    return checked.path(file);
  }

  @Override
  public Opening opening(String graph) {
    List<String> names = new ArrayList<>();
    names.add(graph);
    names.addAll(mappedFiles(graph.substring(0, graph.indexOf('/'))));
    return checked.opening(names);
  }

  /**
   * Refuses files that were overwritten while an engine has them mapped into memory. Called after
   * each answer: an answer never mixes two artifacts.
   *
   * @param files of {@link #mappedFiles}.
   * @throws ArtifactException a file has other content by now.
   */
  public void checkMapped(List<String> files) {
    checked.checkMapped(files);
  }

  /** The files of a target that an engine keeps mapped; of some formats not the graphs. */
  public List<String> mappedFiles(String target) {
    GraphFormat format = GraphFormat.of(target);
    List<String> names = new ArrayList<>();
    for (String file : files().keySet()) {
      boolean mapped = format.staysMapped() || !file.endsWith(format.suffix());
      if (file.startsWith(target + "/") && mapped) {
        names.add(file);
      }
    }
    return names;
  }
}
