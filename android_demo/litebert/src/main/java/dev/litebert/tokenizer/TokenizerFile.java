package dev.litebert.tokenizer;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.litebert.json.JsonException;
import dev.litebert.json.Repr;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of a tokenizer.json: its large tables in flat arrays, all else as JSON values.
 *
 * <p>The file is read as a stream. The tree of a vocabulary of 250,000 pieces would take some 60
 * MB.
 */
final class TokenizerFile {
  private static final String MODEL = "model";
  private static final String VOCAB = "vocab";
  private static final String MERGES = "merges";

  private Map<String, Object> body;
  private PieceTable pieces;
  private Merges merges;
  private boolean isList;

  private TokenizerFile() {}

  /**
   * Reads the content of a file.
   *
   * @param content JSON in UTF-8.
   * @throws JsonException it is no JSON, as {@link StrictJson#parse} says.
   * @throws IllegalArgumentException a vocabulary or the merges have another shape.
   */
  static TokenizerFile read(byte[] content) throws JsonException {
    TokenizerFile file = new TokenizerFile();
    try {
      JsonReader reader = StrictJson.reader(content);
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        StrictJson.value(reader);
        StrictJson.end(reader);
        throw new IllegalArgumentException("it holds no object");
      }
      file.body = file.object(reader, false);
      StrictJson.end(reader);
      checkTexts(file.body);
      return file;
    } catch (IOException error) {
      throw StrictJson.reason(content);
    }
  }

  /** The object in the file; its model lacks {@code vocab} and {@code merges}. */
  Map<String, Object> body() {
    return body;
  }

  /** The model's vocabulary; null where it has none. */
  PieceTable pieces() {
    return pieces;
  }

  /** The merges of BPE; null where the model has none. */
  Merges merges() {
    return merges;
  }

  /** Whether the vocabulary is a list of pieces with scores, as of Unigram. */
  boolean isList() {
    return isList;
  }

  private Map<String, Object> object(JsonReader reader, boolean isModel)
      throws IOException, JsonException {
    Map<String, Object> found = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String key = reader.nextName();
      if (found.containsKey(key)
          || (isModel && key.equals(VOCAB) && pieces != null)
          || (isModel && key.equals(MERGES) && merges != null)) {
        throw StrictJson.twice(key);
      }
      JsonToken next = reader.peek();
      if (!isModel && key.equals(MODEL) && next == JsonToken.BEGIN_OBJECT) {
        found.put(key, object(reader, true));
      } else if (isModel && key.equals(VOCAB) && next == JsonToken.BEGIN_OBJECT) {
        readIds(reader);
      } else if (isModel && key.equals(VOCAB) && next == JsonToken.BEGIN_ARRAY) {
        readScores(reader);
      } else if (isModel && key.equals(MERGES) && next == JsonToken.BEGIN_ARRAY) {
        readMerges(reader);
      } else {
        found.put(key, StrictJson.value(reader));
      }
    }
    reader.endObject();
    return found;
  }

  private void readIds(JsonReader reader) throws IOException, JsonException {
    pieces = PieceTable.empty(false);
    reader.beginObject();
    while (reader.hasNext()) {
      String token = text(reader.nextName());
      pieces.add(token, wholeNumber(token, reader), 0);
    }
    reader.endObject();
    pieces.close(true);
  }

  private static long wholeNumber(String token, JsonReader reader)
      throws IOException, JsonException {
    Object value = StrictJson.value(reader);
    if (value instanceof Long) {
      return (Long) value;
    }
    if (value instanceof BigInteger) {
      return ((BigInteger) value).signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    throw new IllegalArgumentException(
        "the token "
            + Repr.of(token, 40)
            + " has the id "
            + Repr.of(value, 20)
            + ", no whole number");
  }

  private void readScores(JsonReader reader) throws IOException, JsonException {
    pieces = PieceTable.empty(true);
    isList = true;
    reader.beginArray();
    while (reader.hasNext()) {
      check(reader.peek() == JsonToken.BEGIN_ARRAY, "a piece that is no list");
      reader.beginArray();
      check(reader.peek() == JsonToken.STRING, "a piece that is no text");
      String piece = text(reader.nextString());
      check(reader.peek() == JsonToken.NUMBER, "a piece without a score");
      String number = reader.nextString();
      double score = Score.of(number);
      if (Double.isInfinite(score)) {
        throw StrictJson.notFinite(number);
      }
      check(reader.peek() == JsonToken.END_ARRAY, "a piece with more than a score");
      reader.endArray();
      pieces.add(piece, pieces.size(), score);
    }
    reader.endArray();
    pieces.close(false);
  }

  private void readMerges(JsonReader reader) throws IOException, JsonException {
    merges = new Merges();
    reader.beginArray();
    while (reader.hasNext()) {
      if (reader.peek() == JsonToken.BEGIN_ARRAY) {
        reader.beginArray();
        check(reader.peek() == JsonToken.STRING, "a merge that is no pair of texts");
        String left = text(reader.nextString());
        check(reader.peek() == JsonToken.STRING, "a merge that is no pair of texts");
        String right = text(reader.nextString());
        check(reader.peek() == JsonToken.END_ARRAY, "a merge that is no pair of texts");
        reader.endArray();
        merges.add(left, right);
      } else {
        check(reader.peek() == JsonToken.STRING, "a merge that is no text");
        addMerge(text(reader.nextString()));
      }
    }
    reader.endArray();
  }

  /** Adds a merge that older files write as one text, with a space between its two texts. */
  private void addMerge(String merge) {
    if (merge.startsWith("#version")) {
      return; // as the library does
    }
    int space = merge.indexOf(' ');
    check(space >= 0 && merge.indexOf(' ', space + 1) < 0, "a merge that is no pair of texts");
    merges.add(merge.substring(0, space), merge.substring(space + 1));
  }

  private static void checkTexts(Object value) {
    if (value instanceof String) {
      text((String) value);
    } else if (value instanceof List) {
      for (Object each : (List<?>) value) {
        checkTexts(each);
      }
    } else if (value instanceof Map) {
      for (Map.Entry<?, ?> each : ((Map<?, ?>) value).entrySet()) {
        text((String) each.getKey());
        checkTexts(each.getValue());
      }
    }
  }

  private static String text(String text) {
    if (!CodePoints.areWhole(text)) {
      throw new IllegalArgumentException("a text in it has half a character");
    }
    return text;
  }

  private static void check(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("its model has " + problem);
    }
  }
}
