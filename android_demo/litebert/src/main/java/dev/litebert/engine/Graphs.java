package dev.litebert.engine;

import dev.litebert.graph.Segment;

/** A target's graphs, opened when they are first needed; safe to share between threads. */
public interface Graphs extends AutoCloseable {
  /**
   * Opens a segment, if it is not open yet.
   *
   * @throws dev.litebert.ArtifactException the engine refuses it.
   */
  void open(Segment segment);

  /** Begins the way of one text through the segments. */
  Pass begin(Feeds feeds);

  /** Frees the memory. The caller has no pass open. */
  @Override
  void close();
}
