package dev.litebert.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.litebert.Encoding;
import dev.litebert.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** JSON in the very characters of Python's {@code json.dumps}. */
class JsonLineTest {
  @Test
  void fieldsAreWrittenAsByPython() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("label", "\u00e9 \ud83d\ude00 \"<\u2028\n");
    fields.put("score", 2.0E-3);
    fields.put("probs", List.of(1.0, Double.MIN_VALUE, Double.parseDouble("1e23"), (double) 0.1f));
    fields.put("tokens", 3);
    fields.put("truncated", false);
    fields.put("labels", List.of());
    fields.put("value", null);
    assertEquals(
        "{\"label\": \"\\u00e9 \\ud83d\\ude00 \\\"<\\u2028\\n\", \"score\": 0.002, \"probs\": "
            + "[1.0, 5e-324, 1e+23, 0.10000000149011612], \"tokens\": 3, \"truncated\": false, "
            + "\"labels\": [], \"value\": null}",
        JsonLine.of(fields, Text.of(""), null));
  }

  @Test
  void offsetsCountCodePointsOfEachText() {
    Encoding encoding =
        new Encoding(
            new int[] {101, 7, 8, 102, 9, 102},
            new int[] {0, 0, 0, 0, 1, 1},
            new int[] {-1, 0, 0, -1, 1, -1},
            new int[] {0, 0, 0, 2, 2, 3, 0, 0, 1, 3, 0, 0},
            false);
    assertEquals(
        "{\"input_ids\": [101, 7, 8, 102, 9, 102], \"token_type_ids\": [0, 0, 0, 0, 1, 1], "
            + "\"offsets\": [[0, 0], [0, 1], [1, 2], [0, 0], [1, 2], [0, 0]]}",
        JsonLine.of(Map.of(), Text.pair("\ud83d\ude00a", "b\ud83d\ude00"), encoding));
  }

  @Test
  void argumentsAreNamedByTheirFlags() {
    FlagNames names = new FlagNames();
    assertEquals(
        "exit settings, --max-changed-percent, --max-accuracy-drop and --latency-budget-ms exclude",
        names.in("exit settings, maxChangedPercent, maxAccuracyDrop and latencyBudgetMs exclude"));
    assertEquals("--speed is 2.0, expected", names.in("speed is 2.0, expected"));
    assertEquals(
        "--patience and --threshold was given, but the rule x, which needs --speed",
        names.in("patience and threshold was given, but the rule x, which needs speed"));
    assertEquals("text 1, 'speed was given', has", names.in("text 1, 'speed was given', has"));
  }
}
