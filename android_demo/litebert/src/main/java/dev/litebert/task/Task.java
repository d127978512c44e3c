package dev.litebert.task;

import dev.litebert.Answer;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Output;
import java.util.List;
import java.util.Map;

/** What the outputs of a network mean; mirrors {@code tasks/protocol.py}. */
public interface Task<A extends Answer> {
  /** Its name in a manifest. */
  String name();

  /** The class of its answers. */
  Class<A> answers();

  /** The name of that class in a program's source, which a shrinker does not change. */
  String answersName();

  /** The outputs that the network must have. */
  List<Output> outputs();

  /** The label of each output; empty where a task has none. */
  List<String> labels();

  /**
   * The content of its beliefs: {@code classes} or {@code numbers}; null where no exit rule suits
   * them.
   */
  String beliefs();

  /** [k][classes]: what an exit rule reads of a row's outputs. */
  float[][] belief(Map<String, Tensor> outputs);

  /**
   * The answer from a row's outputs.
   *
   * @throws dev.litebert.ArtifactException a number is not finite.
   */
  A answer(Outcome outcome);
}
