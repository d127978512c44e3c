package dev.litebert.engine;

import dev.litebert.graph.Segment;

/**
 * One text's way through the segments of a target, for one thread.
 *
 * <p>What a segment gives stays with the engine, and later segments read it there by name: hidden
 * states are never copied into Java.
 */
public interface Pass extends AutoCloseable {
  /**
   * Runs a segment on the feeds and on the outputs of earlier segments, by name.
   *
   * @throws dev.litebert.ArtifactException the engine refuses it, or the graph differs from the
   *     manifest's facts.
   */
  void run(Segment segment);

  /** A copy of an output of a segment that ran. */
  Tensor output(String name);

  /** Frees what the pass holds. */
  @Override
  void close();
}
