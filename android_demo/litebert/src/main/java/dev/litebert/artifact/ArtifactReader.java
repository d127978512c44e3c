package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.InputException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Opens an artifact: the checks of its files, before those of its facts; mirrors {@code
 * artifact.py}.
 */
final class ArtifactReader {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private ArtifactReader() {}

  /** See {@link Artifact#open}. */
  static Artifact open(Path folder, String digest) {
    if (folder == null) {
      throw new InputException("the artifact is null, expected the path of its folder");
    }
    if (digest != null && !DIGEST.matcher(digest).matches()) {
      throw new InputException(
          "digest=" + Repr.of(digest, 80) + ", expected 64 hex digits: a model's `digest`");
    }
    try {
      return opened(folder, digest);
    } catch (IOException error) {
      throw new InputException(
          place(error, folder) + ": " + reason(error) + "; expected an artifact that can be read",
          error);
    }
  }

  private static Artifact opened(Path path, String digest) throws IOException {
    checkText(path);
    if (!isFile(path.resolve(Fields.MANIFEST))) {
      throw new InputException(NoArtifact.message(path));
    }
    Path folder = path.toRealPath(); // so that no link set anew leads elsewhere
    checkText(folder);
    Map<String, Object> manifest = Manifest.read(folder);
    Path manifestPath = folder.resolve(Fields.MANIFEST);
    if (digest != null && !digest.equals(manifest.get("digest"))) {
      throw new ArtifactException(
          (manifestPath + ": its digest is " + manifest.get("digest") + ", expected " + digest)
              + "; open it once without a digest, which checks every file, and keep the digest "
              + "that the model then has");
    }
    CheckedFiles files = new CheckedFiles(folder, Fields.object(manifest, "files"), digest != null);
    StringBuilder missing = new StringBuilder();
    for (String name : new String[] {Artifact.TOKENIZER, Golden.FILE}) {
      if (!files.sizes().containsKey(name)) {
        missing.append(missing.length() == 0 ? "" : ", ").append(name);
      }
    }
    if (missing.length() > 0) {
      throw new ArtifactException(
          manifestPath + ": no entry for " + missing + "; export the model again");
    }
    return new Artifact(folder, manifest, files, digest != null);
  }

  /** Refuses a path that its own text does not lead to: engines take paths as text. */
  private static void checkText(Path path) {
    String text = path.toString();
    if (!Fields.isText(text) || !path.getFileSystem().getPath(text).equals(path)) {
      throw new InputException(
          Repr.of(text) + ": not UTF-8, which engines expect of a path; rename the folder");
    }
  }

  /** Whether a path leads to a regular file; a folder that cannot be searched is an error. */
  private static boolean isFile(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).isRegularFile();
    } catch (AccessDeniedException error) {
      throw error;
    } catch (IOException error) {
      return false;
    }
  }

  private static Object place(IOException error, Path path) {
    String file =
        error instanceof FileSystemException ? ((FileSystemException) error).getFile() : null;
    return file == null ? path : file;
  }

  private static String reason(IOException error) {
    if (error instanceof AccessDeniedException) {
      return "Permission denied";
    }
    if (error instanceof NoSuchFileException) {
      return "No such file or directory";
    }
    String reason =
        error instanceof FileSystemException
            ? ((FileSystemException) error).getReason()
            : error.getMessage();
    return reason == null ? error.getClass().getSimpleName() : reason;
  }
}
