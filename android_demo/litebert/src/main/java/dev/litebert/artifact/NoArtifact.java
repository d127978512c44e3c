package dev.litebert.artifact;

import dev.litebert.json.Fields;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A path that is no artifact: the content found there, and the next step; mirrors {@code
 * no_artifact.py}.
 */
final class NoArtifact {
  private static final List<String> WEIGHTS =
      Arrays.asList(".safetensors", ".bin", ".ckpt", ".pt", ".pth");
  private static final List<String> ARCHIVES = Arrays.asList(".zip", ".tar", ".gz", ".tgz");
  private static final List<String> GRAPHS = Arrays.asList(".onnx", ".tflite");
  private static final String SNAPSHOTS = "snapshots"; // a folder in a hub's cache
  private static final int ABOVE = 2; // folders between an artifact and a file of it, at most
  private static final int SHOWN = 3; // artifacts named
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+"); // in a shell

  private NoArtifact() {}

  /** The error for a path at which an artifact was expected. */
  static String message(Path path) throws IOException {
    String[] found = found(path);
    String cure = found[1].isEmpty() ? "" : ": " + found[1];
    return path + ": " + found[0] + "; expected an artifact written by litebert-export" + cure;
  }

  /** The content found at a path, and the next step; the step is empty where none is known. */
  private static String[] found(Path path) throws IOException {
    Path name = path.getFileName();
    String ending = name == null ? "" : ending(name.toString());
    if (!Files.exists(path)) {
      Path beside = name == null ? path : path.resolveSibling(name + ".litebert");
      return found("no such folder", isArtifact(beside) ? beside + " is there" : "");
    }
    Path above = path.toAbsolutePath().getParent();
    for (int i = 0; i < ABOVE && above != null; i++) {
      if (isArtifact(above)) {
        return found("a part of an artifact", "name the folder " + above);
      }
      above = above.getParent();
    }
    List<Path> inside = withManifest(path.resolve(SNAPSHOTS));
    if (inside.isEmpty() && (WEIGHTS.contains(ending) || isCheckpoint(path))) {
      return found("a checkpoint", "first run litebert-export " + quoted(path.toString()));
    }
    if (!Files.isDirectory(path)) {
      return file(ending);
    }
    if (inside.isEmpty()) {
      inside = withManifest(path);
    }
    if (inside.isEmpty()) {
      return found("a folder without " + Fields.MANIFEST, "");
    }
    StringBuilder named = new StringBuilder();
    for (Path each : inside.subList(0, Math.min(SHOWN, inside.size()))) {
      named.append(named.length() == 0 ? "" : ", ").append(each);
    }
    return found(
        "a folder with artifacts in it", "name " + named + (inside.size() > SHOWN ? " ..." : ""));
  }

  private static String[] file(String ending) {
    if (ARCHIVES.contains(ending)) {
      return found("an archive", "unpack it, and name the folder");
    }
    if (GRAPHS.contains(ending)) {
      return found("a graph alone", "name a folder with manifest.json and tokenizer.json");
    }
    return found("a file", "name a folder");
  }

  private static String[] found(String content, String cure) {
    return new String[] {content, cure};
  }

  /** The folders in a folder that have a manifest. */
  private static List<Path> withManifest(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder)) {
        for (Path each : inside) {
          if (Files.exists(each.resolve(Fields.MANIFEST))) {
            found.add(each);
          }
        }
      }
    }
    Collections.sort(found);
    return found;
  }

  private static boolean isArtifact(Path folder) {
    return Files.isRegularFile(folder.resolve(Fields.MANIFEST));
  }

  /** Whether a path is a folder with files of a checkpoint, of transformers or of Google's BERT. */
  private static boolean isCheckpoint(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (DirectoryStream<Path> inside = Files.newDirectoryStream(path)) {
      for (Path each : inside) {
        String name = each.getFileName().toString();
        boolean config = name.equals("config.json") || name.equals("bert_config.json");
        if (config || name.equals(SNAPSHOTS) || WEIGHTS.contains(ending(name))) {
          return true;
        }
      }
    }
    return false;
  }

  /** The last ending of a name, with its point; empty where there is none. */
  private static String ending(String name) {
    int point = name.lastIndexOf('.');
    return point > 0 && point < name.length() - 1 ? name.substring(point) : "";
  }

  /** A value as one argument of a shell; a leading hyphen makes no flag of it. */
  private static String quoted(String value) {
    String text = value.startsWith("-") ? "./" + value : value;
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\"'\"'") + "'";
  }
}
