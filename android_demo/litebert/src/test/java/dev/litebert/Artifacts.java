package dev.litebert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.stream.Stream;

/**
 * The artifacts that tests/artifacts/write.py made, in the folder of {@code litebert.artifacts}.
 */
public final class Artifacts {
  private Artifacts() {}

  /** A sound artifact. */
  public static Path sound(String name) {
    String folder = System.getProperty("litebert.artifacts");
    if (folder == null) {
      throw new IllegalStateException(
          "-Dlitebert.artifacts=FOLDER is missing; see `make artifacts`");
    }
    return Paths.get(folder, "sound", name);
  }

  /** A copy of a sound artifact that a test may change. */
  public static Path copy(String name, Path to) throws IOException {
    Path from = sound(name);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : (Iterable<Path>) files::iterator) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
    return to;
  }
}
