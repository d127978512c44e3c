package dev.litebert.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Bytes of files, and their hashes. */
final class Bytes {
  private static final int CHUNK = 1 << 16;

  private Bytes() {}

  /**
   * The bytes of a stream, up to a limit.
   *
   * @param likely the number of bytes that are likely there; none is lost where there are more.
   * @param most the most bytes that are read.
   */
  static byte[] read(InputStream stream, int likely, int most) throws IOException {
    byte[] content = new byte[Math.min(likely + 1, most)];
    int length = 0;
    int read = 0;
    while (read >= 0 && length < most) {
      if (length == content.length) {
        content = Arrays.copyOf(content, Math.min(most, 2 * length));
      }
      read = stream.read(content, length, content.length - length);
      length += Math.max(0, read);
    }
    return Arrays.copyOf(content, length);
  }

  /** The sha256 (hex) of a file's content, which is never in memory as a whole. */
  static String sha256(Path path) throws IOException {
    MessageDigest hash = sha256();
    byte[] chunk = new byte[CHUNK];
    try (InputStream stream = Files.newInputStream(path)) {
      for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
        hash.update(chunk, 0, read);
      }
    }
    return hex(hash.digest());
  }

  /** The sha256 (hex) of bytes. */
  static String sha256(byte[] content, int start, int length) {
    MessageDigest hash = sha256();
    hash.update(content, start, length);
    return hex(hash.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error); // every Java and every Android has it
    }
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder(2 * bytes.length);
    for (byte each : bytes) {
      text.append(Character.forDigit((each >> 4) & 15, 16))
          .append(Character.forDigit(each & 15, 16));
    }
    return text.toString();
  }
}
