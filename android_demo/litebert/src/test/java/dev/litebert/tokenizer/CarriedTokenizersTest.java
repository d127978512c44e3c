package dev.litebert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.litebert.ArtifactException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Java carries what the exporter says that it does: both read tests/cases/java-tokenizers.json. */
class CarriedTokenizersTest {
  private static final Path CASES = Path.of("../../tests/cases/java-tokenizers.json");

  @TestFactory
  List<DynamicTest> eachIsTakenOrRefusedByItsName() throws IOException {
    JsonObject cases = JsonParser.parseString(Files.readString(CASES)).getAsJsonObject();
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonElement each : cases.getAsJsonArray("rows")) {
      JsonObject row = each.getAsJsonObject();
      JsonObject body = cases.getAsJsonObject("base").deepCopy();
      for (Map.Entry<String, JsonElement> change : row.getAsJsonObject("changes").entrySet()) {
        body.add(change.getKey(), change.getValue());
      }
      JsonElement refused = row.get("refused");
      String name = refused.isJsonNull() ? null : refused.getAsString();
      tests.add(DynamicTest.dynamicTest(row.get("name").getAsString(), () -> check(body, name)));
    }
    return tests;
  }

  private static void check(JsonObject body, String refused) {
    String text = new Gson().newBuilder().serializeNulls().create().toJson(body);
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    if (refused == null) {
      assertEquals(16, TextTokenizer.parse(content, "t.json", "longest-first", 100).maxTokens());
      return;
    }
    String message =
        assertThrows(
                ArtifactException.class,
                () -> TextTokenizer.parse(content, "t.json", "longest-first", 100))
            .getMessage();
    assertTrue(message.startsWith("t.json: ") && message.contains(refused), message);
  }
}
