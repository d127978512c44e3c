package dev.litebert.tokenizer;

import dev.litebert.Encoding;
import dev.litebert.LiteBertException;
import dev.litebert.Text;
import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Tokenizes what {@code tests/android} sends, one JSON object a line.
 *
 * <p>{@code {"open": CONTENT, "pairs": WAY, "ids": NUMBER}} is answered by an empty line or an
 * error. {@code {"show": [TEXT, ...]}} is answered by a line for each text, {@code {"sum": [TEXT,
 * ...]}} by the CRC-32 of those lines.
 */
final class TokenizerServer {
  private TokenizerServer() {}

  public static void main(String[] arguments) throws IOException, JsonException {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    TextTokenizer tokenizer = null;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Map<?, ?> request = (Map<?, ?>) StrictJson.parse(line.getBytes(StandardCharsets.UTF_8));
      if (request.containsKey("open")) {
        tokenizer = null;
        try {
          tokenizer = opened(request);
          out.println();
        } catch (RuntimeException error) {
          out.println(named(error));
        }
      } else if (request.containsKey("show")) {
        for (Object text : (List<?>) request.get("show")) {
          out.println(shown(tokenizer, text));
        }
      } else {
        CRC32 sum = new CRC32();
        for (Object text : (List<?>) request.get("sum")) {
          sum.update((shown(tokenizer, text) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        out.println(sum.getValue());
      }
      out.flush();
    }
  }

  private static TextTokenizer opened(Map<?, ?> request) {
    byte[] content = ((String) request.get("open")).getBytes(StandardCharsets.UTF_8);
    long ids = (Long) request.get("ids");
    return TextTokenizer.parse(content, "tokenizer.json", (String) request.get("pairs"), ids);
  }

  private static String named(RuntimeException error) {
    String message = String.valueOf(error.getMessage()).replace('\n', ' ').replace('\r', ' ');
    boolean known = error instanceof LiteBertException;
    return (known ? error.getClass().getSimpleName() : "DEFECT " + error) + ": " + message;
  }

  private static String shown(TextTokenizer tokenizer, Object text) {
    try {
      if (text instanceof String single) {
        return shown(tokenizer.encode(Text.of(single)), single, single);
      }
      List<?> pair = (List<?>) text;
      String first = (String) pair.get(0);
      String second = (String) pair.get(1);
      return shown(tokenizer.encode(Text.pair(first, second)), first, second);
    } catch (RuntimeException error) {
      return named(error);
    }
  }

  /** Ids, types and places in code points, as Python writes lists. */
  private static String shown(Encoding encoding, String first, String second) {
    int[] ids = encoding.inputIds();
    int[] types = encoding.tokenTypeIds();
    int[] offsets = encoding.offsets();
    int[] texts = encoding.texts();
    Place[] places = {new Place(first), new Place(second)};
    StringBuilder out = new StringBuilder(32 * ids.length);
    out.append(encoding.truncated() ? "cut" : "whole");
    for (int i = 0; i < ids.length; i++) {
      out.append(' ').append(ids[i]).append('/').append(types[i]);
      if (texts[i] >= 0) {
        Place place = places[texts[i]];
        out.append('@').append(place.of(offsets[2 * i])).append('-');
        out.append(place.of(offsets[2 * i + 1]));
      }
    }
    return out.toString();
  }

  /** Counts code points up to a UTF-16 index, from the last one asked for. */
  private static final class Place {
    private final String text;
    private int index;
    private int points;

    Place(String text) {
      this.text = text;
    }

    int of(int wanted) {
      if (wanted < index) {
        points -= text.codePointCount(wanted, index);
      } else {
        points += text.codePointCount(index, wanted);
      }
      index = wanted;
      return points;
    }
  }
}
