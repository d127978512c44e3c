package dev.litebert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import dev.litebert.ArtifactException;
import dev.litebert.Encoding;
import dev.litebert.InputException;
import dev.litebert.Text;
import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextTokenizerTest {
  private static final String PLACE = "tokenizer.json";

  @ParameterizedTest
  @ValueSource(strings = {"bert", "roberta-byte-level", "albert-unigram"})
  void threadsShareATokenizer(String name) throws Exception {
    TextTokenizer tokenizer = parse(body(name));
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      texts.add(Text.of("good film , ".repeat(i % 9) + "\u00e9\ud83d\ude00 plot " + i));
    }
    List<int[]> expected = encodeAll(tokenizer, texts);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<List<int[]>>> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(() -> encodeAll(tokenizer, texts));
      }
      for (Future<List<int[]>> each : threads.invokeAll(tasks)) {
        for (int i = 0; i < texts.size(); i++) {
          assertArrayEquals(expected.get(i), each.get().get(i));
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  private static List<int[]> encodeAll(TextTokenizer tokenizer, List<Text> texts) {
    List<int[]> found = new ArrayList<>();
    for (Text text : texts) {
      found.add(tokenizer.encode(text).inputIds());
    }
    return found;
  }

  @Test
  void placesAreStretchesOfTheText() throws Exception {
    TextTokenizer tokenizer = parse(body("bert"));
    String text = "\ud83d\ude00 GOOD\u0301 film";
    Encoding found = tokenizer.encode(Text.of(text));
    int[] offsets = found.offsets();
    List<String> stretches = new ArrayList<>();
    for (int i = 1; i < found.tokens() - 1; i++) {
      stretches.add(text.substring(offsets[2 * i], offsets[2 * i + 1]));
    }
    assertEquals(List.of("\ud83d\ude00", "GOOD", "film"), stretches);
  }

  @Test
  void modelsWithoutPairsRefuseThem() throws Exception {
    byte[] content = new Gson().toJson(body("bert")).getBytes(StandardCharsets.UTF_8);
    TextTokenizer tokenizer = TextTokenizer.parse(content, PLACE, TextTokenizer.NO_PAIRS, -1);
    InputException error =
        assertThrows(InputException.class, () -> tokenizer.encode(Text.pair("good", "it's bad")));
    assertEquals(
        "input is a pair ('good', \"it's bad\"); this model takes single texts only: give a str",
        error.getMessage());
  }

  /** What the tokenizers library knows and we do not, and what no reader should pass over. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pre_tokenizer | {'type': 'BertPreTokenizer', 'x': 1} | BertPreTokenizer has the field 'x'",
        "pre_tokenizer | {'type': 'ByteLevel', 'add_prefix_space': 1} | ByteLevel has",
        "post_processor | {'type': 'Echo'} | post_processor is 'Echo'",
        "normalizer | {'type': 'Nmt'} | Nmt', expected BertNormalizer, NFC, NFD, NFKC, NFKD,"
            + " StripAccents, Lowercase, Replace, Precompiled, Strip, Sequence; LiteBERT for Java",
        "normalizer | {'type': 'NFC', 'x': 1} | (NFC has the field 'x', which is not known here);"
            + " e",
        "normalizer | {'type': 'Precompiled', 'precompiled_charsmap': 'BAAAAAAAAAA='}"
            + " | not a tokenizer (its precompiled_charsmap is damaged); export the model again",
      })
  void otherStepsAreRefusedByName(String field, String step, String expected) throws Exception {
    Map<String, Object> body = body("bert");
    body.put(field, StrictJson.parse(step.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    ArtifactException error = assertThrows(ArtifactException.class, () -> parse(body));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
    assertTrue(error.getMessage().startsWith(PLACE + ": "), error.getMessage());
  }

  private static TextTokenizer parse(Map<String, Object> body) {
    byte[] content = new Gson().toJson(body).getBytes(StandardCharsets.UTF_8);
    return TextTokenizer.parse(content, PLACE, TextTokenizer.LONGEST_FIRST, -1);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> body(String name) throws IOException, JsonException {
    Path file = EncodingsTest.folder().resolve("sound").resolve(name).resolve("tokenizer.json");
    return (Map<String, Object>) StrictJson.parse(Files.readAllBytes(file));
  }
}
