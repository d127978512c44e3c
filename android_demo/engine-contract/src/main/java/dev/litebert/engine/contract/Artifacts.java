package dev.litebert.engine.contract;

import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Map;

/** The artifacts of {@code make artifacts}; {@code tests/artifacts/write.py} describes them. */
public final class Artifacts {
  private Artifacts() {}

  /** Their folder, which the property {@code litebert.artifacts} names. */
  public static Path root() {
    String folder = System.getProperty("litebert.artifacts");
    if (folder == null) {
      throw new IllegalStateException(
          "-Dlitebert.artifacts=FOLDER is missing; see `make artifacts`");
    }
    try {
      return Paths.get(folder).toRealPath();
    } catch (IOException error) {
      throw new IllegalStateException(folder + " is no folder; see `make artifacts`", error);
    }
  }

  /** A sound one. */
  public static Path sound(String name) {
    return root().resolve("sound").resolve(name);
  }

  /** The folder of a row. */
  public static Path folder(Map<?, ?> row) {
    return root().resolve((String) row.get("folder"));
  }

  /** A row for each, with Python's verdict. */
  @SuppressWarnings("unchecked")
  public static List<Map<?, ?>> rows() {
    try {
      byte[] index = Files.readAllBytes(root().resolve("index.json"));
      return (List<Map<?, ?>>) ((Map<?, ?>) StrictJson.parse(index)).get("rows");
    } catch (IOException | JsonException error) {
      throw new IllegalStateException("index.json cannot be read", error);
    }
  }
}
