package dev.litebert.artifact;

import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An artifact with Python's verdict on it: a row of the index that {@code tests/artifacts/write.py}
 * writes.
 */
record Row(Path root, Map<?, ?> body) {
  /** Every row; the folder is the system property {@code litebert.artifacts}. */
  static List<Row> all() {
    String folder = System.getProperty("litebert.artifacts");
    if (folder == null) {
      throw new IllegalStateException(
          "-Dlitebert.artifacts=FOLDER names no folder; make artifacts writes build/artifacts");
    }
    try {
      Path root = Path.of(folder).toRealPath();
      Object index = StrictJson.parse(Files.readAllBytes(root.resolve("index.json")));
      List<Row> rows = new ArrayList<>();
      for (Object each : (List<?>) ((Map<?, ?>) index).get("rows")) {
        rows.add(new Row(root, (Map<?, ?>) each));
      }
      return rows;
    } catch (IOException | JsonException error) {
      throw new IllegalStateException(folder + " has no readable index.json", error);
    }
  }

  String name() {
    return (String) body.get("name");
  }

  Path folder() {
    return root.resolve((String) body.get("folder"));
  }

  /** {@code ok}, {@code refused} or {@code differs}. */
  String verdict() {
    return (String) body.get("verdict");
  }

  /** When Python notices: {@code open}, {@code calibration}, {@code answer}, {@code verify}. */
  String at() {
    return (String) body.get("at");
  }

  /** The name of the class of Python's error, as Java calls it. */
  String error() {
    return ((String) body.get("error")).replace("Error", "Exception");
  }

  /** The message of Python's error. */
  String message() {
    return (String) body.get("message");
  }

  /** A message in which the artifact's folder is called FOLDER. */
  String without(String message) {
    return message.replace(folder().toString(), "FOLDER");
  }

  @Override
  public String toString() {
    return name();
  }
}
