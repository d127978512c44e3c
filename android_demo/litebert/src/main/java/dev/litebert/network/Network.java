package dev.litebert.network;

import dev.litebert.engine.Tensor;
import dev.litebert.exit.Setting;
import java.util.List;
import java.util.Map;

/**
 * A target's graphs, run in turn for one text after another; mirrors {@code Network} of {@code
 * network.py}. Threads may share one.
 */
interface Network {
  /**
   * A text's answer.
   *
   * @param inputIds [tokens], unpadded, like the types.
   * @param setting null: the last layer answers.
   * @throws dev.litebert.ArtifactException an output of a graph differs from the manifest's.
   */
  ExitOutputs run(int[] inputIds, int[] tokenTypeIds, Setting setting);

  /** The outputs of every exit, in order. */
  List<Map<String, Tensor>> allExits(int[] inputIds, int[] tokenTypeIds);
}
