package dev.litebert.engine;

import java.nio.file.Path;

/** The files of an artifact for an engine: those that were checked. */
public interface GraphFiles {
  /** The absolute path of a file that the manifest names. */
  Path path(String file);

  /**
   * A block in which an engine opens a graph and its weights; mirrors {@code Artifact.opening}.
   *
   * @throws dev.litebert.ArtifactException here or at {@link Opening#close()}: a file was replaced
   *     or changed since it was checked.
   */
  Opening opening(String graph);

  /** Ends with {@link #close()}, which compares the files once more. */
  interface Opening extends AutoCloseable {
    @Override
    void close();
  }
}
