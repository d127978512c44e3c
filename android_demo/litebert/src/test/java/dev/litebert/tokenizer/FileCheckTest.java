package dev.litebert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.ArtifactException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokenizers library refuses these files as well: {@code Tokenizer.from_str} raises. */
class FileCheckTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"version\": \"2.0\", |its version is '2.0', expected 1.0",
        "\"version\": null, |its version is None, expected 1.0",
        "\"version\": \"1.0\", \"more\": 1, |it has the field 'more', which is not known here",
        "|",
      })
  void refusesWhatTheLibraryDoesNotRead(String fields, String problem) throws IOException {
    String root = System.getProperty("litebert.artifacts");
    assertTrue(root != null, "-Dlitebert.artifacts=FOLDER names no folder of make artifacts");
    Path file = Path.of(root, "sound", "bert", "tokenizer.json");
    String text = Files.readString(file).replaceFirst("\"version\": *\"1.0\", *", "");
    String changed = "{" + (fields == null ? "" : fields) + text.substring(text.indexOf('{') + 1);
    byte[] content = changed.getBytes(StandardCharsets.UTF_8);
    if (problem == null) {
      assertDoesNotThrow(() -> TextTokenizer.parse(content, "t.json", "longest-first", -1));
      return;
    }
    ArtifactException error =
        assertThrows(
            ArtifactException.class,
            () -> TextTokenizer.parse(content, "t.json", "longest-first", -1));
    assertTrue(error.getMessage().contains(problem), error.getMessage());
  }
}
