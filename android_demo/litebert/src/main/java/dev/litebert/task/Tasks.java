package dev.litebert.task;

import dev.litebert.graph.Output;
import dev.litebert.json.Fields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The tasks of models, a class and a line for each; mirrors {@code tasks/__init__.py}. */
public final class Tasks {
  private Tasks() {}

  private static List<TaskParser> all() {
    return Arrays.<TaskParser>asList(new EmbeddingsParser(), new SequenceClassificationParser());
  }

  /**
   * The task of a manifest.
   *
   * @param facts its {@code task}.
   * @param outputs the network's outputs, in the manifest's order.
   * @throws dev.litebert.ArtifactException the name is unknown, a fact is missing or of a wrong
   *     type, or two contradict each other.
   */
  public static Task<?> parse(Map<String, ?> facts, List<Output> outputs) {
    List<String> names = new ArrayList<>();
    for (TaskParser each : all()) {
      names.add(each.name());
    }
    String name = Fields.choice(facts, "name", names);
    return all().get(names.indexOf(name)).parse(facts, outputs);
  }
}
