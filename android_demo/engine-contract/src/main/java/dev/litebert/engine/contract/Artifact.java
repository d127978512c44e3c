package dev.litebert.engine.contract;

import dev.litebert.engine.GraphFiles;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * An artifact of {@code tests/artifacts/write.py} as an engine sees it; its files are not checked.
 */
final class Artifact implements GraphFiles {
  final String name;
  final Path folder;
  final List<Case> cases = new ArrayList<Case>();
  final Target target;
  final List<Map<String, String>> exits = new ArrayList<Map<String, String>>();

  @SuppressWarnings("unchecked")
  private Artifact(String name, Path folder, String format, Map<String, Object> json) {
    this.name = name;
    this.folder = folder;
    List<Segment> segments = new ArrayList<Segment>();
    for (Map<String, Object> each : (List<Map<String, Object>>) json.get("segments")) {
      segments.add(
          new Segment(
              (String) each.get("name"),
              (String) each.get("file"),
              (String) each.get("entry"),
              (List<String>) each.get("inputs"),
              (List<String>) each.get("outputs")));
    }
    List<Integer> lengths = new ArrayList<Integer>();
    if (json.get("lengths") != null) {
      for (Object each : (List<?>) json.get("lengths")) {
        lengths.add(((Number) each).intValue());
      }
    }
    if (json.get("exits") != null) {
      for (Map<String, Object> each : (List<Map<String, Object>>) json.get("exits")) {
        exits.add((Map<String, String>) each.get("outputs"));
      }
    }
    target =
        new Target(
            format,
            (String) json.get("layout"),
            (String) json.get("recipe"),
            (String) json.get("arithmetic"),
            (String) json.get("rows"),
            (Boolean) json.get("moved_by_padding"),
            segments,
            Collections.<dev.litebert.graph.Exit>emptyList(),
            null,
            lengths);
  }

  /**
   * The sound artifacts that have a target, from the folder of the property {@code
   * litebert.artifacts}.
   */
  static List<Artifact> sound(String format) {
    List<Artifact> found = new ArrayList<Artifact>();
    for (Map<String, Object> row : rows()) {
      if (((String) row.get("folder")).startsWith("sound/")) {
        Artifact artifact = of((String) row.get("folder"), format);
        if (artifact != null) {
          found.add(artifact);
        }
      }
    }
    return found;
  }

  /** Those that Python opens, and whose graphs of a target its engine refuses to answer with. */
  static List<Artifact> refused(String format) {
    List<Artifact> found = new ArrayList<Artifact>();
    for (Map<String, Object> row : rows()) {
      String message = String.valueOf(row.get("message"));
      if ("answer".equals(row.get("at"))
          && message.startsWith("FOLDER/" + format + "/")
          && message.contains(" refuses it (")
          && !message.contains("idx=")) { // only with the ids of its tokenizer
        found.add(of((String) row.get("folder"), format));
      }
    }
    return found;
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows() {
    return (List<Map<String, Object>>) read("index.json").get("rows");
  }

  /** An artifact by its folder; null where it has no such target. */
  @SuppressWarnings("unchecked")
  static Artifact of(String folder, String format) {
    Map<String, Object> targets =
        (Map<String, Object>) read(folder + "/manifest.json").get("targets");
    if (targets.get(format) == null) {
      return null;
    }
    Map<String, Object> json = (Map<String, Object>) targets.get(format);
    Artifact artifact = new Artifact(folder, root().resolve(folder), format, json);
    for (Object each : (List<?>) read(folder + "/golden.json").get(format)) {
      artifact.cases.add(new Case((Map<String, Object>) each));
    }
    return artifact;
  }

  @Override
  public Path path(String file) {
    return folder.resolve(file).toAbsolutePath();
  }

  @Override
  public Opening opening(String graph) {
    return new Opening() {
      @Override
      public void close() {}
    };
  }

  @Override
  public String toString() {
    return name;
  }

  private static Path root() {
    String folder = System.getProperty("litebert.artifacts");
    if (folder == null) {
      throw new IllegalStateException(
          "-Dlitebert.artifacts=FOLDER is missing; see `make artifacts`");
    }
    return Paths.get(folder);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> read(String file) {
    try {
      return (Map<String, Object>) StrictJson.parse(Files.readAllBytes(root().resolve(file)));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (Exception error) {
      throw new IllegalStateException(file, error);
    }
  }
}
