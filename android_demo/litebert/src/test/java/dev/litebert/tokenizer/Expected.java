package dev.litebert.tokenizer;

import dev.litebert.json.StrictJson;
import java.io.InputStream;

/** What the tokenizers library does, as {@code tables/write_expected.py} wrote it. */
final class Expected {
  private Expected() {}

  static Object read(String name) throws Exception {
    try (InputStream stream = Expected.class.getResourceAsStream(name)) {
      return StrictJson.parse(stream.readAllBytes());
    }
  }
}
