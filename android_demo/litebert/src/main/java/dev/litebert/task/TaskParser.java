package dev.litebert.task;

import dev.litebert.graph.Output;
import java.util.List;
import java.util.Map;

/** Makes a task from its facts in a manifest. */
interface TaskParser {
  /** The task's name in a manifest. */
  String name();

  /**
   * The task of a manifest.
   *
   * @param facts its {@code task}.
   * @param outputs the network's outputs.
   * @throws dev.litebert.ArtifactException a fact is missing or of a wrong type, or two contradict
   *     each other.
   */
  Task<?> parse(Map<String, ?> facts, List<Output> outputs);
}
