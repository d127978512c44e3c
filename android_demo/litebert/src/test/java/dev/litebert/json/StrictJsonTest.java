package dev.litebert.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.litebert.ArtifactException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Python's verdicts are those of {@code litebert.strict_json.parse_json}. */
class StrictJsonTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void givesEachTypeAsItself() throws JsonException {
    Object found =
        StrictJson.parse(
            bytes(
                "{\"b\": [1, -0, 1.0, 1e2, true, null], \"a\": \"\\ud83d\\ude00\\u0000\\ud800\","
                    + " \"n\": 9223372036854775808, \"m\": -9223372036854775808} "));
    Map<?, ?> body = (Map<?, ?>) found;
    assertEquals(List.of("b", "a", "n", "m"), List.copyOf(body.keySet()));
    assertEquals(Arrays.asList(1L, 0L, 1.0, 100.0, true, null), body.get("b"));
    assertEquals("😀\0\ud800", body.get("a"));
    assertEquals(BigInteger.ONE.shiftLeft(63), body.get("n"));
    assertEquals(Long.MIN_VALUE, body.get("m"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "x",
        "{",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "[1] 2",
        "[1;2]",
        "{\"a\"=1}",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "0x10",
        "1e",
        "TRUE",
        "nul",
        "nan",
        "\"a",
        "\"\\x41\"",
        "\"\\'\"",
        "\"\t\"",
        "\"a\nb\"",
        "[1] // c",
        "/* c */ 1",
        "# c\n1",
        ")]}'\n1",
        "\ufeff1",
        "[\u00a01]",
        "[}, NaN]",
        "-NaN",
        "\"\\u12\"",
        "\"\\u١٢٣٤\""
      })
  void refusesWhatIsNoJson(String text) {
    JsonException error = assertThrows(JsonException.class, () -> StrictJson.parse(bytes(text)));
    assertEquals("not readable as JSON", error.getMessage());
  }

  @Test
  void readsNumbersOfAnyLength() throws JsonException {
    BigInteger large = BigInteger.TEN.pow(2000);
    String text =
        "["
            + large
            + ", \"-"
            + large
            + "\", {\"a\": -"
            + large
            + "}, 0e-9999990, 0."
            + "3".repeat(1500)
            + ", 1"
            + "0".repeat(300)
            + ".0]";
    Object expected = List.of(large, "-" + large, Map.of("a", large.negate()), 0.0, 1.0 / 3, 1e300);
    assertEquals(expected, StrictJson.parse(bytes(text)));
    for (String wrong : List.of("0" + large, "[1" + large, "{" + large + ": 1}", large + ".")) {
      JsonException error = assertThrows(JsonException.class, () -> StrictJson.parse(bytes(wrong)));
      assertEquals("not readable as JSON", error.getMessage());
    }
    assertThrows(JsonException.class, () -> StrictJson.parse(bytes("1" + "0".repeat(4300))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1, NaN]|NaN",
        "{\"NaN\": Infinity}|Infinity",
        "-Infinity|-Infinity",
        "[\"\\\"NaN\", -1e999, x]|-1e999",
        "[NaN, }|NaN",
        "[1.5, 2e400]|2e400",
      })
  void refusesNumbersThatAreNotFinite(String text, String number) {
    JsonException error = assertThrows(JsonException.class, () -> StrictJson.parse(bytes(text)));
    assertEquals("it holds the number " + number + ", expected finite numbers", error.getMessage());
  }

  @Test
  void refusesAKeyThatComesTwice() {
    String text = "{\"c\": 1, \"b\": {\"c\": 2}, \"a\": 3, \"a\": 4, \"b\": 5}";
    ArtifactException error =
        assertThrows(ArtifactException.class, () -> StrictJson.parseFile("f.json", bytes(text)));
    assertEquals(
        "f.json: an object holds the key 'b' twice, expected once; export the model again",
        error.getMessage());
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    for (int[] bytes : new int[][] {{0xFF}, {0xC0, 0x80}, {0xED, 0xA0, 0x80}, {0xF8}, {0xE2}}) {
      byte[] content = new byte[bytes.length + 2];
      content[0] = '"';
      content[content.length - 1] = '"';
      for (int i = 0; i < bytes.length; i++) {
        content[i + 1] = (byte) bytes[i];
      }
      assertThrows(JsonException.class, () -> StrictJson.parse(content));
    }
  }

  @Test
  void refusesDeepNestingWithoutOverflow() {
    String deep = "[".repeat(1_000_000);
    assertThrows(JsonException.class, () -> StrictJson.parse(bytes(deep)));
    String objects = "{\"a\":".repeat(1_000_000);
    assertThrows(JsonException.class, () -> StrictJson.parse(bytes(objects)));
  }
}
