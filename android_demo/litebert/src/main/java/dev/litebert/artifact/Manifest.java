package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.UnsupportedFormatException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * The manifest as a file: facts in JSON under a seal over their bytes; mirrors {@code manifest.py}.
 */
final class Manifest {
  /** The most bytes of the manifest, and of golden.json. */
  static final int JSON_LIMIT_BYTES = 16_000_000;

  private static final BigInteger FORMAT_VERSION = BigInteger.valueOf(3);

  private Manifest() {}

  /**
   * The manifest of the artifact in a folder, after its format and its seal were checked.
   *
   * @throws ArtifactException it is damaged, or of an older format.
   * @throws UnsupportedFormatException a newer LiteBERT wrote it.
   * @throws IOException it cannot be read.
   */
  static Map<String, Object> read(Path folder) throws IOException {
    Path path = folder.resolve(Fields.MANIFEST);
    byte[] content;
    try (InputStream file = Files.newInputStream(path)) {
      content =
          Bytes.read(
              file, (int) Math.min(Files.size(path), JSON_LIMIT_BYTES), JSON_LIMIT_BYTES + 1);
    }
    if (content.length > JSON_LIMIT_BYTES) {
      throw refused(path, "larger than " + JSON_LIMIT_BYTES + " bytes");
    }
    Map<String, Object> manifest = Fields.objectOrNull(StrictJson.parseFile(path, content));
    if (manifest == null) {
      throw refused(path, "not a JSON object");
    }
    BigInteger version = Fields.positive(manifest, "format_version");
    int newer = version.compareTo(FORMAT_VERSION);
    if (newer > 0) {
      throw new UnsupportedFormatException(
          (path + ": format_version " + Repr.of(version, 80) + ", this litebert reads up to ")
              + (FORMAT_VERSION + "; install a newer LiteBERT from its checkout"));
    }
    if (newer < 0) {
      throw refused(path, "format_version " + version + ", this litebert reads " + FORMAT_VERSION);
    }
    if (!isSealed(content)) {
      throw refused(path, "its digest does not match its content");
    }
    return manifest;
  }

  /** Whether the first line holds the sha256 of all bytes behind it. */
  private static boolean isSealed(byte[] content) {
    int end = 0;
    while (end < content.length && content[end] != '\n') {
      end++;
    }
    int rest = Math.min(end + 1, content.length);
    String digest = Bytes.sha256(content, rest, content.length - rest);
    byte[] seal = ("{\"digest\": \"" + digest + "\",\n").getBytes(StandardCharsets.US_ASCII);
    return Arrays.equals(seal, Arrays.copyOf(content, rest));
  }

  private static ArtifactException refused(Path path, String problem) {
    return new ArtifactException(path + ": " + problem + "; export the model again");
  }
}
