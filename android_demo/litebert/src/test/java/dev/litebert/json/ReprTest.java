package dev.litebert.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected texts are those of Python's repr. */
class ReprTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "null|None",
        "[true, false, -3, []]|[True, False, -3, []]",
        "{\"a\": {}, \"b\": [\"x\", 1.5]}|{'a': {}, 'b': ['x', 1.5]}",
        "\"it's\"|\"it's\"",
        "\"it's \\\"x\\\"\"|'it\\'s \"x\"'",
        "\"a\\\\b\\n"
            + "\\t\\r"
            + "\\u0000\\u001b\\u007f\\u00a0\\u00ad\"|'a\\\\b\\n"
            + "\\t\\r"
            + "\\x00\\x1b\\x7f\\xa0\\xad'",
        "\"é中\\u202e\\u2028\\ud83d\\ude00\\ud800\\udb40\\udc01\"|'é中\\u202e\\u2028😀\\ud800\\U000e0001'",
        "1.0|1.0",
        "-0.0|-0.0",
        "1e16|1e+16",
        "123456789012345680.0|1.2345678901234568e+17",
        "1e15|1000000000000000.0",
        "0.0001|0.0001",
        "0.00001|1e-05",
        "5.684341886080801e-14|5.684341886080801e-14",
        "2e-3|0.002",
        "1e23|1e+23",
        "4.9e-324|5e-324",
        "1.7976931348623157e308|1.7976931348623157e+308",
        "7.120236347223045e-307|7.120236347223045e-307",
        "8.209073602596753e-289|8.209073602596753e-289",
        "12.5|12.5",
      })
  void showsValuesAsPython(String json, String expected) throws JsonException {
    Object value = StrictJson.parse(json.getBytes(StandardCharsets.UTF_8));
    assertEquals(expected, Repr.of(value));
  }

  @Test
  void cutsAtCodePoints() {
    assertEquals("'😀😀", Repr.of("😀😀😀", 3));
    assertEquals("['a', 'b'", Repr.of(java.util.List.of("a", "b", "c"), 9));
    assertEquals("12345", Repr.of(new BigInteger("1234567890"), 5));
  }

  @Test
  void escapesWhatIsHiddenInMessages() {
    assertEquals(
        "a\\nb\\x1b[31m\\u202e\\ud800 \u00a0\u200d\ue000\\U000e0001",
        Visible.of("a\nb\u001b[31m\u202e\ud800 \u00a0\u200d\ue000\udb40\udc01"));
  }
}
