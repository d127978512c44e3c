package dev.litebert.cli;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import dev.litebert.Encoding;
import dev.litebert.Text;
import dev.litebert.json.Repr;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;

/**
 * A JSON object in a line, in the very characters of Python's {@code json.dumps}: a space behind
 * colons and commas, the shortest digits of a number, ASCII only.
 */
final class JsonLine {
  private static final FormattingStyle STYLE =
      FormattingStyle.COMPACT.withSpaceAfterSeparators(true);

  private JsonLine() {}

  /**
   * The line of an answer.
   *
   * @param fields as {@code Answer.fields()} gives them.
   * @param text the text that was answered.
   * @param encoding its tokens, to be written as well; null for none.
   */
  static String of(Map<String, Object> fields, Text text, Encoding encoding) {
    StringWriter shown = new StringWriter();
    try (JsonWriter writer = new JsonWriter(shown)) {
      writer.setFormattingStyle(STYLE);
      writer.setHtmlSafe(false);
      writer.beginObject();
      for (Map.Entry<String, Object> each : fields.entrySet()) {
        writer.name(each.getKey());
        write(writer, each.getValue());
      }
      if (encoding != null) {
        write(writer.name("input_ids"), encoding.inputIds());
        write(writer.name("token_type_ids"), encoding.tokenTypeIds());
        writeOffsets(writer.name("offsets"), text, encoding);
      }
      writer.endObject();
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return ascii(shown.getBuffer());
  }

  private static void write(JsonWriter writer, Object value) throws IOException {
    if (value == null) {
      writer.nullValue();
    } else if (value instanceof Boolean) {
      writer.value((Boolean) value);
    } else if (value instanceof Number) {
      writer.jsonValue(Repr.of(value)); // Java before 19 has digits too many
    } else if (value instanceof Iterable) {
      writer.beginArray();
      for (Object each : (Iterable<?>) value) {
        write(writer, each);
      }
      writer.endArray();
    } else {
      writer.value(value.toString());
    }
  }

  private static void write(JsonWriter writer, int[] numbers) throws IOException {
    writer.beginArray();
    for (int number : numbers) {
      writer.value(number);
    }
    writer.endArray();
  }

  /** Writes [start, end] of each token in the text that it is of, in code points. */
  private static void writeOffsets(JsonWriter writer, Text text, Encoding encoding)
      throws IOException {
    int[][] points = {points(text.first()), text.isPair() ? points(text.second()) : null};
    int[] texts = encoding.texts();
    int[] offsets = encoding.offsets();
    writer.beginArray();
    for (int token = 0; token < texts.length; token++) {
      int[] before = points[Math.max(texts[token], 0)]; // a special token's place is 0, 0
      writer.beginArray();
      writer.value(before[offsets[2 * token]]);
      writer.value(before[offsets[2 * token + 1]]);
      writer.endArray();
    }
    writer.endArray();
  }

  /** [length + 1] the number of code points before each UTF-16 index of a text. */
  private static int[] points(String text) {
    int[] before = new int[text.length() + 1];
    for (int at = 0; at < text.length(); at++) {
      boolean endsPair = at > 0 && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
      before[at + 1] = before[at] + (endsPair ? 0 : 1);
    }
    return before;
  }

  /** The text with other characters than ASCII as escapes; in JSON they are in strings only. */
  private static String ascii(CharSequence json) {
    StringBuilder shown = new StringBuilder(json.length());
    for (int i = 0; i < json.length(); i++) {
      char each = json.charAt(i);
      if (each < 0x80) {
        shown.append(each);
      } else {
        shown.append("\\u").append(Integer.toHexString(each | 0x10000), 1, 5);
      }
    }
    return shown.toString();
  }
}
