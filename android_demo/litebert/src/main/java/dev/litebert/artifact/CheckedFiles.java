package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.engine.GraphFiles;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Regular files in a folder, or links to such, whose sizes and hashes were those of a manifest;
 * mirrors {@code checked_files.py}.
 *
 * <p>Engines open some files much later, and by name. A file is known again by its inode and its
 * times; where those differ, as after {@code touch}, by its content.
 */
final class CheckedFiles {
  private final Path folder;
  private final Map<String, Long> sizes = new LinkedHashMap<>();
  private final Map<String, String> hashes = new LinkedHashMap<>();
  private final Map<String, Path> paths = new HashMap<>();
  private final Map<String, FileStatus> seen = new ConcurrentHashMap<>();

  /**
   * Checks every file.
   *
   * @param folder the artifact's folder.
   * @param facts {@code files} of the manifest.
   * @param hashed whether the caller vouches for the hashes; then only kinds and sizes are checked.
   * @throws ArtifactException a file is missing, changed or outside the folder, or a field is
   *     wrong.
   * @throws IOException a file cannot be read.
   */
  CheckedFiles(Path folder, Map<String, Object> facts, boolean hashed) throws IOException {
    this.folder = folder;
    Path manifest = folder.resolve(Fields.MANIFEST);
    for (Map.Entry<String, Object> each : facts.entrySet()) {
      String name = each.getKey();
      if (!Fields.isPath(name)) {
        throw new ArtifactException(
            manifest + ": path " + Repr.of(name) + " leaves the artifact; do not use it");
      }
      Map<String, Object> body = Fields.objectOrNull(each.getValue());
      if (body == null) {
        throw refused(manifest, "no facts about " + name);
      }
      BigInteger size = Fields.integer(body, "size_bytes");
      hashes.put(name, Fields.text(body, "sha256"));
      sizes.put(name, checkedSize(name, size));
      paths.put(name, folder.resolve(name));
    }
    for (String name : sizes.keySet()) {
      FileStatus status = status(name); // before the content is read: a later change then shows
      if (!hashed && !Bytes.sha256(path(name)).equals(hashes.get(name))) {
        throw refused(path(name), "sha256 differs from the manifest's");
      }
      if (status == null) {
        throw replaced(name, null);
      }
      seen.put(name, status);
    }
  }

  /** Bytes of each file, by its path in the folder. */
  Map<String, Long> sizes() {
    return Collections.unmodifiableMap(sizes);
  }

  /** The absolute path of a file. */
  Path path(String name) {
    return paths.get(name);
  }

  /**
   * The content of a file, whose hash is the manifest's.
   *
   * @throws ArtifactException the file is another by now, or larger than the limit.
   */
  byte[] read(String name, int limitBytes) {
    checkLimit(name, limitBytes);
    byte[] content;
    try (InputStream file = Files.newInputStream(path(name))) {
      content = Bytes.read(file, sizes.get(name).intValue(), limitBytes + 1);
    } catch (IOException error) {
      throw replaced(name, error);
    }
    if (!Bytes.sha256(content, 0, content.length).equals(hashes.get(name))) {
      throw replaced(name, null);
    }
    return content;
  }

  /**
   * Refuses a file that is larger than a limit.
   *
   * @throws ArtifactException it is.
   */
  void checkLimit(String name, long limitBytes) {
    if (sizes.get(name) > limitBytes) {
      throw refused(path(name), "larger than " + limitBytes + " bytes");
    }
  }

  /**
   * A block in which files are opened by name; they are the files that were checked.
   *
   * @throws ArtifactException here or at the end: a file is another by now, or was replaced during
   *     the block.
   */
  GraphFiles.Opening opening(Collection<String> names) {
    Map<String, FileStatus> before = new LinkedHashMap<>();
    for (String name : names) {
      before.put(name, knownAgain(name));
    }
    return new Block(before);
  }

  /**
   * Refuses files that were overwritten while an engine has them mapped into memory. A file that
   * was replaced is fine: the former one stays mapped.
   *
   * @throws ArtifactException a file has other content by now.
   */
  void checkMapped(Collection<String> names) {
    for (String name : names) {
      FileStatus status = status(name);
      FileStatus before = seen.get(name);
      if (status != null && status.isSameInode(before) && !status.equals(before)) {
        knownAgain(name);
      }
    }
  }

  /** The status of the file that now has a name; its content is the one that was checked. */
  private FileStatus knownAgain(String name) {
    FileStatus status = status(name);
    if (status == null) {
      throw replaced(name, null);
    }
    if (!status.equals(seen.get(name))) {
      boolean alike = Files.isRegularFile(path(name)) && status.size() == sizes.get(name);
      try {
        if (!alike || !Bytes.sha256(path(name)).equals(hashes.get(name))) {
          throw replaced(name, null);
        }
      } catch (IOException error) {
        throw replaced(name, error);
      }
      seen.put(name, status);
    }
    return status;
  }

  private FileStatus status(String name) {
    return FileStatus.of(path(name));
  }

  /** The size of a regular file; no folder on the way is a link. */
  private long checkedSize(String name, BigInteger expected) {
    String[] parts = name.split("/");
    Path path = folder;
    BasicFileAttributes found = null;
    try {
      for (int i = 0; i < parts.length; i++) {
        path = path.resolve(parts[i]);
        boolean last = i == parts.length - 1;
        found =
            last
                ? Files.readAttributes(path, BasicFileAttributes.class)
                : Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!last && !found.isDirectory()) {
          throw refused(path, "a link or file, expected a folder");
        }
      }
    } catch (IOException error) {
      boolean dangling = error instanceof NoSuchFileException && Files.isSymbolicLink(path);
      throw new ArtifactException(
          (path + ": " + (dangling ? "a link to nothing" : "missing from the artifact"))
              + "; copy or download it again, or export the model again",
          error);
    }
    if (!found.isRegularFile()) {
      throw refused(path, "a special file, expected a regular one");
    }
    if (!BigInteger.valueOf(found.size()).equals(expected)) {
      throw refused(path, found.size() + " bytes, the manifest says " + Repr.of(expected, 80));
    }
    return found.size();
  }

  private static ArtifactException refused(Path path, String problem) {
    return new ArtifactException(path + ": " + problem + "; export the model again");
  }

  private ArtifactException replaced(String name, IOException error) {
    return new ArtifactException(
        path(name)
            + ": was replaced, changed or removed after the artifact was opened; "
            + "open it again, with LiteBert.load()",
        error);
  }

  /** Compares the files once more at its end. */
  private final class Block implements GraphFiles.Opening {
    private final Map<String, FileStatus> before;

    Block(Map<String, FileStatus> before) {
      this.before = before;
    }

    @Override
    public void close() {
      for (Map.Entry<String, FileStatus> each : before.entrySet()) {
        if (!each.getValue().equals(status(each.getKey()))) {
          throw replaced(each.getKey(), null);
        }
      }
    }
  }
}
