package dev.litebert.artifact;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of a file at any place, of which a window is in memory. */
final class FileBytes implements Closeable {
  private static final int WINDOW = 1 << 16;

  private final FileChannel file;
  private final long length;
  private final byte[] window = new byte[WINDOW];
  private long start; // of the window
  private int filled;

  FileBytes(Path path) throws IOException {
    this.file = FileChannel.open(path, StandardOpenOption.READ);
    this.length = file.size();
  }

  long length() {
    return length;
  }

  /** The byte at a place before the end, 0 to 255. */
  int at(long place) throws IOException {
    long inside = place - start;
    if (inside < 0 || inside >= filled) {
      fill(place);
      inside = 0;
    }
    return window[(int) inside] & 255;
  }

  private void fill(long place) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(window);
    start = place;
    filled = file.read(buffer, place);
    if (filled < 1) {
      throw new IOException("the file became shorter");
    }
  }

  /** Whether a part holds a word. The word's first letter comes just once in it. */
  boolean holds(byte[] word, long from, long to) throws IOException {
    int matched = 0;
    for (long place = from; place < to; place++) {
      int each = at(place);
      matched = each == word[matched] ? matched + 1 : each == word[0] ? 1 : 0;
      if (matched == word.length) {
        return true;
      }
    }
    return false;
  }

  /** A copy of a part. */
  byte[] copy(long from, int size) throws IOException {
    byte[] part = new byte[size];
    for (int i = 0; i < size; i++) {
      part[i] = (byte) at(from + i);
    }
    return part;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
