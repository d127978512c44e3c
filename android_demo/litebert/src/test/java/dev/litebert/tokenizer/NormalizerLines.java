package dev.litebert.tokenizer;

import com.google.gson.stream.JsonWriter;
import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;

/**
 * Normalizes the JSON strings of lines, for {@code tables/compare.py}. The first line is the
 * normalizer; for each other one {@code [text, [start, end, start, end ...]]} comes out, the
 * stretches in code points of the text that came in.
 */
public final class NormalizerLines {
  private NormalizerLines() {}

  public static void main(String[] arguments) throws Exception {
    Normalized text = new Normalized();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    BufferedWriter out =
        new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
    Normalizer normalizer = Normalizers.parse(parsed(lines.readLine()));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String given = (String) parsed(line);
      text.set(given);
      normalizer.apply(text);
      write(out, given, text);
    }
    out.flush();
  }

  private static Object parsed(String line) throws JsonException {
    return StrictJson.parse(line.getBytes(StandardCharsets.UTF_8));
  }

  private static void write(BufferedWriter out, String given, Normalized text) throws IOException {
    JsonWriter writer = new JsonWriter(out); // buffers nothing itself
    writer.beginArray().value(text.toString()).beginArray();
    for (int i = 0; i < text.length; i++) {
      writer.value(given.codePointCount(0, text.starts[i]));
      writer.value(given.codePointCount(0, text.ends[i]));
    }
    writer.endArray().endArray();
    out.newLine();
  }
}
