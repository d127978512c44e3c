package dev.litebert.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.litebert.ArtifactException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * JSON that every reader reads alike: numbers are finite, and no object holds a key twice; mirrors
 * {@code strict_json.py}.
 */
public final class StrictJson {
  /** Python's reader of JSON goes about 990 levels deep; no artifact needs more than 20. */
  private static final int DEPTH = 900;

  /** The longest number that Python turns into an integer. */
  private static final int DIGITS = 4300;

  private static final int LONG_DIGITS = 18;
  private static final String UNREADABLE = "not readable as JSON";

  private StrictJson() {}

  /**
   * The value in the content of an artifact's file.
   *
   * @param path the file's path, for errors.
   * @param content JSON in UTF-8, without a byte order mark.
   * @return as {@link #parse}.
   * @throws ArtifactException the content is refused.
   */
  public static Object parseFile(Object path, byte[] content) {
    try {
      return parse(content);
    } catch (JsonException error) {
      throw refused(path, error);
    }
  }

  /** The error for a file whose content is refused. */
  public static ArtifactException refused(Object path, JsonException reason) {
    return new ArtifactException(
        path + ": " + reason.getMessage() + "; export the model again", reason);
  }

  /**
   * The value in a document.
   *
   * @param content JSON in UTF-8, without a byte order mark.
   * @return a {@code LinkedHashMap<String, Object>}, {@code ArrayList<Object>}, String, Boolean or
   *     null, or a number: Long or, beyond its range, BigInteger where it is written without point
   *     and exponent, else a finite Double.
   * @throws JsonException the content is no JSON or nested too deeply, holds NaN, an infinite
   *     number or one beyond the range of a double, or an object has a key twice.
   */
  public static Object parse(byte[] content) throws JsonException {
    try {
      return document(reader(content));
    } catch (IOException error) {
      return withLongNumbers(content);
    }
  }

  private static Object document(JsonReader reader) throws IOException, JsonException {
    Object value = value(reader);
    end(reader);
    return value;
  }

  private static Object withLongNumbers(byte[] content) throws JsonException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString(); // or throws
      JsonReader reader = LongNumberReader.of(text);
      if (reader == null) {
        throw reason(content);
      }
      return document(strict(reader));
    } catch (IOException error) {
      throw reason(content);
    }
  }

  /**
   * A reader of a document in parts.
   *
   * <p>Where it throws an IOException, {@link #reason} says why the document is refused. Names that
   * come twice in an object are the caller's to refuse, see {@link #twice}; numbers are read by
   * {@link #number}, whole values by {@link #value}. At the end the caller calls {@link #end}.
   *
   * @throws JsonException the content starts with a byte order mark.
   */
  public static JsonReader reader(byte[] content) throws JsonException {
    if (content.length >= 3
        && content[0] == (byte) 0xEF
        && content[1] == (byte) 0xBB
        && content[2] == (byte) 0xBF) {
      throw new JsonException(UNREADABLE); // Gson would skip it
    }
    InputStreamReader characters =
        new InputStreamReader(
            new ByteArrayInputStream(content),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    return strict(new JsonReader(characters));
  }

  private static JsonReader strict(JsonReader reader) {
    reader.setStrictness(Strictness.STRICT);
    reader.setNestingLimit(DEPTH);
    return reader;
  }

  /** The next value of a reader, as {@link #parse} gives it. */
  public static Object value(JsonReader reader) throws IOException, JsonException {
    switch (reader.peek()) {
      case BEGIN_OBJECT:
        return object(reader);
      case BEGIN_ARRAY:
        return array(reader);
      case STRING:
        return reader.nextString();
      case NUMBER:
        return number(reader);
      case BOOLEAN:
        return reader.nextBoolean();
      case NULL:
        reader.nextNull();
        return null;
      default:
        throw new JsonException(UNREADABLE);
    }
  }

  /** The next value of a reader, a number: Long, BigInteger or a finite Double. */
  public static Number number(JsonReader reader) throws IOException, JsonException {
    String text = reader.nextString();
    if (text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
      double value = Double.parseDouble(text);
      if (Double.isInfinite(value)) {
        throw notFinite(text);
      }
      return value;
    }
    if (text.length() <= LONG_DIGITS) {
      return Long.parseLong(text);
    }
    if (text.length() > DIGITS) {
      throw new JsonException(UNREADABLE);
    }
    BigInteger value = new BigInteger(text);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  /** Checks that nothing follows the document. */
  public static void end(JsonReader reader) throws IOException, JsonException {
    if (reader.peek() != JsonToken.END_DOCUMENT) {
      throw new JsonException(UNREADABLE);
    }
  }

  /** The error for an object that holds a key twice. */
  public static JsonException twice(String key) {
    return new JsonException(
        "an object holds the key " + Repr.of(key, 60) + " twice, expected once");
  }

  /**
   * The reason for which a reader of this content threw an IOException.
   *
   * @param content the whole document.
   */
  public static JsonException reason(byte[] content) {
    // Gson says of NaN and of any other word that it is no strict JSON.
    String text = new String(content, StandardCharsets.ISO_8859_1);
    int at = literal(text);
    if (at < 0 || !isSoundUntil(text, at)) {
      return new JsonException(UNREADABLE);
    }
    return notFinite(
        text.startsWith("NaN", at) ? "NaN" : text.substring(at, infinityEnd(text, at)));
  }

  private static Map<String, Object> object(JsonReader reader) throws IOException, JsonException {
    Map<String, Object> body = new LinkedHashMap<>();
    Set<String> twice = new HashSet<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String key = reader.nextName();
      boolean known = body.containsKey(key);
      body.put(key, value(reader));
      if (known) {
        twice.add(key);
      }
    }
    reader.endObject();
    for (String key : twice.isEmpty() ? twice : body.keySet()) {
      if (twice.contains(key)) {
        throw twice(key);
      }
    }
    return body;
  }

  private static List<Object> array(JsonReader reader) throws IOException, JsonException {
    List<Object> values = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      values.add(value(reader));
    }
    reader.endArray();
    return values;
  }

  /** The error for a number beyond the range of a double. */
  public static JsonException notFinite(String text) {
    String shown = text.length() <= 40 ? text : text.substring(0, 40);
    return new JsonException("it holds the number " + shown + ", expected finite numbers");
  }

  /** The place of the first NaN, Infinity or -Infinity outside strings; -1 where there is none. */
  private static int literal(String text) {
    boolean inString = false;
    for (int at = 0; at < text.length(); at++) {
      char each = text.charAt(at);
      if (inString && each == '\\') {
        at++;
      } else if (each == '"') {
        inString = !inString;
      } else if (!inString && (text.startsWith("NaN", at) || infinityEnd(text, at) > 0)) {
        return at;
      }
    }
    return -1;
  }

  private static int infinityEnd(String text, int at) {
    int start = text.startsWith("-", at) ? at + 1 : at;
    return text.startsWith("Infinity", start) ? start + "Infinity".length() : -1;
  }

  /** Whether a document with an ordinary number at a place is JSON up to there. */
  private static boolean isSoundUntil(String text, int at) {
    byte[] start = (text.substring(0, at) + " 0,").getBytes(StandardCharsets.ISO_8859_1);
    try {
      value(reader(start));
      return true;
    } catch (java.io.EOFException error) {
      return true;
    } catch (IOException | JsonException error) {
      return false;
    }
  }
}
