package dev.litebert.artifact;

import java.io.IOException;

/**
 * The fields of a protobuf message that hold bytes, one after another; mirrors {@code _messages} of
 * {@code onnx_graph.py}. Read: protobuf.dev, "Encoding".
 */
final class Message {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED_64 = 1;
  private static final int FIXED_32 = 5;
  private static final long FIELDS_END = 1L << 29; // of larger numbers, parsers drop high bits
  private static final int VARINT_BYTES = 10;
  private static final long TOO_LARGE = -1;

  private final FileBytes file;
  private final long end;
  private long place;
  private long field;
  private long from;

  Message(FileBytes file, long from, long to) {
    this.file = file;
    this.place = from;
    this.end = to;
  }

  /**
   * Goes to the next field that holds bytes.
   *
   * @return false at the end of the message.
   * @throws OnnxGraph.WrongGraph it is no protobuf message.
   */
  boolean next() throws IOException, OnnxGraph.WrongGraph {
    while (place < end) {
      long tag = varint();
      int wire = (int) (tag & 7);
      field = tag >> 3;
      long length = 0;
      if (wire == BYTES) {
        length = varint();
      } else if (wire == VARINT) {
        varint();
      } else if (wire == FIXED_64 || wire == FIXED_32) {
        length = wire == FIXED_64 ? 8 : 4;
      } else {
        throw OnnxGraph.malformed();
      }
      boolean known = field > 0 && field < FIELDS_END;
      if (!known || length < 0 || length > end - place) {
        throw OnnxGraph.malformed();
      }
      from = place;
      place += length;
      if (wire == BYTES) {
        return true;
      }
    }
    return false;
  }

  /** The field's number. */
  long field() {
    return field;
  }

  /** The place of its first byte. */
  long from() {
    return from;
  }

  /** The place behind its last byte. */
  long to() {
    return place;
  }

  /** A whole number; {@link #TOO_LARGE} beyond 63 bits. */
  private long varint() throws IOException, OnnxGraph.WrongGraph {
    long value = 0;
    for (int i = 0; i < VARINT_BYTES && place < end; i++) {
      long each = file.at(place++);
      value |= (each & 127) << (7 * i);
      if (each < 128) {
        return i == VARINT_BYTES - 1 && each > 0 ? TOO_LARGE : value;
      }
    }
    throw OnnxGraph.malformed();
  }
}
