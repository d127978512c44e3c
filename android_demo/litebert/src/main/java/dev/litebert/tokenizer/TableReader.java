package dev.litebert.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads the numbers of a table that {@code tables/write_tables.py} wrote. */
final class TableReader {
  // From the root: a shrinker may move this class to another package.
  private static final String FOLDER = "/dev/litebert/tokenizer/";

  private final byte[] content;
  private int position;

  TableReader(String name) {
    String path = FOLDER + name + ".table";
    try (InputStream stream = TableReader.class.getResourceAsStream(path)) {
      if (stream == null) {
        throw new IllegalStateException(path + " is not on the class path: keep it in the package");
      }
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
        read.write(buffer, 0, count);
      }
      content = read.toByteArray();
    } catch (IOException error) {
      throw new IllegalStateException(path + " cannot be read", error);
    }
  }

  /** Whether numbers are left. */
  boolean more() {
    return position < content.length;
  }

  /** The next number, at least 0: seven bits a byte, the lowest first. */
  int next() {
    int number = 0;
    for (int shift = 0; ; shift += 7) {
      byte part = content[position++];
      number |= (part & 0x7F) << shift;
      if (part >= 0) {
        return number;
      }
    }
  }

  /** The next number, which may be negative: 0, −1, 1, −2 ... are written as 0, 1, 2, 3 ... */
  int nextSigned() {
    int number = next();
    return (number >>> 1) ^ -(number & 1);
  }
}
