package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.engine.GraphFiles;
import dev.litebert.graph.GraphFormat;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The files that an ONNX graph makes an engine read beside its own: each must be one of the
 * artifact's; mirrors {@code onnx_graph.py}.
 *
 * <p>Engines refuse different places; some open any path. The graph is walked as a protobuf
 * message, in the file. Read: onnx/onnx.proto (field numbers).
 */
final class OnnxGraph {
  private static final long LIMIT_BYTES = 1L << 31; // of a protobuf message
  private static final int DEPTH = 100; // the limit of protobuf's parsers
  private static final int EXTERNAL_DATA = 13; // of a tensor: entries of a key and a value
  private static final int TEXT_LIMIT_BYTES = 1 << 16; // of a key or a value
  private static final List<String> KEYS =
      Arrays.asList("location", "offset", "length", "checksum");
  private static final byte[] LOCATION = "location".getBytes(StandardCharsets.US_ASCII);
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,19}");

  private final String name;
  private final FileBytes file;
  private final Map<String, Long> sizes;

  private OnnxGraph(String name, FileBytes file, Map<String, Long> sizes) {
    this.name = name;
    this.file = file;
    this.sizes = sizes;
  }

  /**
   * Checks that the graphs of an ONNX target read no file but those of the artifact.
   *
   * @param target any; one whose graphs name no other files passes.
   * @throws ArtifactException a graph is malformed, reads another file, or reads beyond the end of
   *     one.
   * @throws IOException a graph cannot be read.
   */
  static void check(Target target, CheckedFiles files) throws IOException {
    if (!GraphFormat.of(target.name()).namesFiles()) {
      return;
    }
    Set<String> names = new LinkedHashSet<>();
    for (Segment segment : target.segments()) {
      names.add(segment.file());
    }
    for (String name : names) {
      files.checkLimit(name, LIMIT_BYTES);
      GraphFiles.Opening opening = files.opening(Collections.singleton(name));
      try (FileBytes file = new FileBytes(files.path(name))) {
        new OnnxGraph(name, file, files.sizes()).walk();
      } catch (WrongGraph error) {
        throw new ArtifactException(
            files.path(name) + ": " + error.getMessage() + "; export the model again", error);
      } finally {
        opening.close(); // of a file that was replaced meanwhile, this is the error
      }
    }
  }

  private void walk() throws IOException, WrongGraph {
    Deque<Part> waiting = new ArrayDeque<>();
    waiting.push(new Part("model", 0, file.length(), 0));
    while (!waiting.isEmpty()) {
      Part part = waiting.pop();
      if (part.depth > DEPTH) {
        throw malformed();
      }
      Message message = new Message(file, part.from, part.to);
      while (message.next()) {
        String kind = inner(part.kind, message.field());
        if (kind == null || !file.holds(LOCATION, message.from(), message.to())) {
          continue; // the word is the key of every place
        }
        if (kind.equals("tensor")) {
          checkPlace(entries(message.from(), message.to()));
        } else {
          waiting.push(new Part(kind, message.from(), message.to(), part.depth + 1));
        }
      }
    }
  }

  /** The kind of a field that leads to a tensor or a subgraph; null for other fields. */
  private static String inner(String kind, long field) {
    switch (kind) {
      case "model":
        return field == 7 ? "graph" : field == 20 ? "training" : field == 25 ? "function" : null;
      case "graph":
        return field == 1 ? "node" : field == 5 ? "tensor" : field == 15 ? "sparse" : null;
      case "training":
        return field == 1 || field == 2 ? "graph" : null;
      case "function":
        return field == 7 ? "node" : field == 11 ? "attribute" : null;
      case "node":
        return field == 5 ? "attribute" : null;
      case "attribute":
        if (field == 5 || field == 10) {
          return "tensor";
        }
        return field == 6 || field == 11 ? "graph" : field == 22 || field == 23 ? "sparse" : null;
      default: // sparse
        return field == 1 || field == 2 ? "tensor" : null;
    }
  }

  /** Keys and values of a tensor's external data; empty where it has none. */
  private Map<String, String> entries(long from, long to) throws IOException, WrongGraph {
    Map<String, String> entries = new HashMap<>();
    Message message = new Message(file, from, to);
    while (message.next()) {
      if (message.field() != EXTERNAL_DATA) {
        continue;
      }
      Message entry = new Message(file, message.from(), message.to());
      String key = entry.next() && entry.field() == 1 ? text(entry) : null;
      String value = key != null && entry.next() && entry.field() == 2 ? text(entry) : null;
      if (value == null || entry.next()) {
        throw new WrongGraph(
            "a tensor's external_data holds something other than a key with a value");
      }
      if (!KEYS.contains(key) || entries.containsKey(key)) {
        throw new WrongGraph(
            ("a tensor's external_data has the key " + Repr.of(key, 40) + " twice, or an unknown ")
                + ("one; expected " + String.join(", ", KEYS)));
      }
      entries.put(key, value);
    }
    return entries;
  }

  private String text(Message field) throws IOException, WrongGraph {
    if (field.to() - field.from() > TEXT_LIMIT_BYTES) {
      throw malformed();
    }
    byte[] bytes = file.copy(field.from(), (int) (field.to() - field.from()));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException error) {
      throw new WrongGraph("a tensor's external_data holds text that is not UTF-8");
    }
  }

  private void checkPlace(Map<String, String> entries) throws WrongGraph {
    if (entries.isEmpty()) {
      return;
    }
    String location = entry(entries, "location");
    String path = name.substring(0, name.lastIndexOf('/') + 1) + location;
    if (!Fields.isPath(path) || !sizes.containsKey(path)) {
      throw new WrongGraph(
          "it reads the file " + Repr.of(location, 80) + ", which is none of the artifact's");
    }
    String offset = entry(entries, "offset");
    String length = entry(entries, "length");
    long size = sizes.get(path);
    boolean sound = DIGITS.matcher(offset).matches() && DIGITS.matcher(length).matches();
    if (!sound
        || new BigInteger(offset).add(new BigInteger(length)).compareTo(BigInteger.valueOf(size))
            > 0) {
      throw new WrongGraph(
          ("it reads " + Repr.of(length, 20) + " bytes from " + Repr.of(offset, 20))
              + (" of " + path + ", which has " + size + " bytes"));
    }
  }

  private static String entry(Map<String, String> entries, String key) {
    String value = entries.get(key);
    return value == null ? "" : value;
  }

  static WrongGraph malformed() {
    return new WrongGraph("not an ONNX graph");
  }

  /** A part of the graph whose fields are still to be read. */
  private static final class Part {
    private final String kind;
    private final long from;
    private final long to;
    private final int depth;

    Part(String kind, long from, long to, int depth) {
      this.kind = kind;
      this.from = from;
      this.to = to;
      this.depth = depth;
    }
  }

  /** What is wrong with a graph, without its file and the cure. */
  static final class WrongGraph extends Exception {
    private static final long serialVersionUID = 1L;

    WrongGraph(String message) {
      super(message);
    }
  }
}
