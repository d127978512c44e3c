package dev.litebert.tokenizer;

import com.google.gson.stream.JsonWriter;
import dev.litebert.json.StrictJson;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Normalizes JSON lines, for {@code tables/compare.py}: {@code [normalizer, text]} in, {@code [text,
 * [start, end, start, end ...]]} out, the stretches in code points of the text that came in.
 */
public final class NormalizerLines {
  private NormalizerLines() {}

  public static void main(String[] arguments) throws Exception {
    Map<Object, Normalizer> normalizers = new HashMap<>();
    Normalized text = new Normalized();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    BufferedWriter out =
        new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      List<?> pair = (List<?>) StrictJson.parse(line.getBytes(StandardCharsets.UTF_8));
      String given = (String) pair.get(1);
      Normalizer normalizer = normalizers.computeIfAbsent(pair.get(0), Normalizers::parse);
      text.set(given);
      normalizer.apply(text);
      write(out, given, text);
    }
    out.flush();
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
