package dev.litebert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.litebert.Encoding;
import dev.litebert.Text;
import dev.litebert.json.JsonException;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The ids that Python gives to hard texts, of every sound artifact of {@code make artifacts}. */
class EncodingsTest {
  @TestFactory
  List<DynamicTest> everySoundArtifactGivesPythonsIds() throws IOException, JsonException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Object each : list(json(folder().resolve("index.json")), "rows")) {
      Map<?, ?> row = (Map<?, ?>) each;
      if (row.containsKey("encodings")) {
        Path artifact = folder().resolve((String) row.get("folder"));
        tests.add(
            DynamicTest.dynamicTest(
                (String) row.get("name"), () -> checkAll(artifact, list(row, "encodings"))));
      }
    }
    assertFalse(tests.isEmpty());
    return tests;
  }

  private static void checkAll(Path artifact, List<?> encodings) throws IOException, JsonException {
    TextTokenizer tokenizer = open(artifact);
    for (Object each : encodings) {
      Map<?, ?> expected = (Map<?, ?>) each;
      Encoding found = check(tokenizer, expected);
      assertEquals(expected.get("truncated"), found.truncated(), () -> shown(expected));
    }
    Map<?, ?> golden = (Map<?, ?>) json(artifact.resolve("golden.json"));
    for (Object cases : golden.values()) {
      for (Object each : (List<?>) cases) {
        check(tokenizer, (Map<?, ?>) each);
      }
    }
  }

  private static Encoding check(TextTokenizer tokenizer, Map<?, ?> expected) {
    Encoding found = tokenizer.encode(text(expected.get("text")));
    assertArrayEquals(ints(expected.get("input_ids")), found.inputIds(), () -> shown(expected));
    assertArrayEquals(
        ints(expected.get("token_type_ids")), found.tokenTypeIds(), () -> shown(expected));
    return found;
  }

  private static TextTokenizer open(Path artifact) throws IOException, JsonException {
    Map<?, ?> manifest = (Map<?, ?>) json(artifact.resolve("manifest.json"));
    Path file = artifact.resolve("tokenizer.json");
    long ids = (Long) ((Map<?, ?>) manifest.get("vocabulary")).get("size");
    String pairs = (String) manifest.get("pairs");
    return TextTokenizer.parse(Files.readAllBytes(file), file.toString(), pairs, ids);
  }

  private static Text text(Object json) {
    if (json instanceof String single) {
      return Text.of(single);
    }
    List<?> pair = (List<?>) json;
    return Text.pair((String) pair.get(0), (String) pair.get(1));
  }

  private static String shown(Map<?, ?> expected) {
    return String.valueOf(expected.get("text"));
  }

  private static int[] ints(Object json) {
    return ((List<?>) json).stream().mapToInt(each -> ((Long) each).intValue()).toArray();
  }

  private static Object json(Path file) throws IOException, JsonException {
    return StrictJson.parse(Files.readAllBytes(file));
  }

  private static List<?> list(Object json, String key) {
    return (List<?>) ((Map<?, ?>) json).get(key);
  }

  static Path folder() {
    String folder = System.getProperty("litebert.artifacts");
    if (folder == null) {
      throw new IllegalStateException(
          "-Dlitebert.artifacts=FOLDER names no folder; make artifacts writes build/artifacts");
    }
    return Path.of(folder);
  }
}
