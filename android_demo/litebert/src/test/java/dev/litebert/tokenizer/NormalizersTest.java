package dev.litebert.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.json.Fields;
import dev.litebert.json.StrictJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts that meet in rules, and what is refused. */
class NormalizersTest {
  static List<?> expected() throws Exception {
    return (List<?>) Expected.read("normalizers.json");
  }

  @ParameterizedTest
  @MethodSource("expected")
  void textAndStretchesAreThoseOfTheLibrary(Map<String, Object> expected) {
    Normalizer normalizer = Normalizers.parse(expected.get("normalizer"));
    Normalized text = new Normalized();
    for (Object each : Fields.list(expected, "texts")) {
      List<?> texts = (List<?>) each;
      String given = (String) texts.get(0);
      text.set(given);
      normalizer.apply(text);
      assertEquals(texts.get(1), text.toString(), given);
      assertEquals(texts.get(2), stretches(given, text), given);
    }
  }

  /** In code points, as the library counts. */
  private static List<Long> stretches(String given, Normalized text) {
    List<Long> stretches = new ArrayList<>();
    for (int i = 0; i < text.length; i++) {
      stretches.add((long) given.codePointCount(0, text.starts[i]));
      stretches.add((long) given.codePointCount(0, text.ends[i]));
    }
    return stretches;
  }

  @Test
  void aStretchOfATextKeepsThePlacesOfTheWholeText() throws Exception {
    Normalized text = new Normalized();
    text.set("\uD83D\uDE00 É?", 2, 4);
    parse("{'type': 'NFD'}").apply(text);
    assertEquals(" E\u0301", text.toString());
    assertArrayEquals(new int[] {2, 3, 3}, Arrays.copyOf(text.starts, text.length));
    assertArrayEquals(new int[] {3, 4, 4}, Arrays.copyOf(text.ends, text.length));
  }

  @Test
  void halvesOfACharacterAreReplacedAsPythonDoes() {
    Normalized text = new Normalized();
    text.set("\uD83Da\uDE00\uD83D\uDE00\uD83D");
    assertEquals("\uFFFDa\uFFFD\uD83D\uDE00\uFFFD", text.toString());
    text.set("\uD83D\uDE00", 0, 1);
    assertEquals("\uFFFD", text.toString());
  }

  @Test
  void marksOfALongRowAreSortedInTimeThatGrowsWithTheRow() throws Exception {
    StringBuilder row = new StringBuilder("a");
    for (int i = 0; i < 200_000; i++) {
      row.append(i % 2 == 0 ? '\u0301' : '\u0323');
    }
    Normalized text = new Normalized();
    text.set(row.toString());
    parse("{'type': 'NFC'}").apply(text);
    assertEquals("\u1EA1" + "\u0323".repeat(99_999) + "\u0301".repeat(100_000), text.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'type': 'Nmt'} | is 'Nmt', expected BertNormalizer,",
        "{'type': 'Sequence', 'normalizers': [{'type': 'NFC'}, {'type': 'Nmt'}]} | is 'Nmt',",
        "{'type': 'Replace', 'pattern': {'String': ''}, 'content': 'a'} | {'String': ''}, expected",
        "{'type': 'Replace', 'pattern': {'Regex': ' +'}, 'content': 'a'} | {'Regex': ' +'}, exp",
      })
  void whatWeDoNotHaveIsRefusedByItsName(String json, String said) {
    assertSaid(said, assertThrows(Unsupported.class, () -> parse(json)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | has type None, expected a text",
        "'NFC' | is 'NFC', expected an object",
        "{'type': 'NFC', 'form': 'D'} | NFC has the field 'form', which is not known here",
        "{'type': 'Sequence', 'normalizers': [null]} | is None, expected an object",
        "{'type': 'Sequence', 'normalizers': [], 'x': 1} | Sequence has the field 'x'",
        "{'type': 'Sequence'} | Sequence has normalizers None, expected a list",
        "{'type': 'Strip', 'strip_left': true} | Strip has strip_right None, expected true or",
        "{'type': 'Replace', 'pattern': 'a', 'content': 'a'} | is 'a', expected an object",
        "{'type': 'Replace', 'pattern': {'String': 'a', 'x': 1}, 'content': 'a'} | the field 'x'",
        "{'type': 'Replace', 'pattern': {'String': 'a'}} | Replace has content None, expected a",
        "{'type': 'Precompiled', 'precompiled_charsmap': 'AA=='} | charsmap is damaged",
        "{'type': 'Precompiled', 'precompiled_charsmap': 'BAAAAAAAAAA='} | charsmap is damaged",
        "{'type': 'Precompiled', 'precompiled_charsmap': 'CAAAAAAAAAAAAAAAYQA'} | is damaged",
      })
  void whatNoNormalizerHoldsIsRefused(String json, String said) {
    assertSaid(said, assertThrowsExactly(IllegalArgumentException.class, () -> parse(json)));
  }

  private static void assertSaid(String part, Exception error) {
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }

  private static Normalizer parse(String json) throws Exception {
    return Normalizers.parse(StrictJson.parse(json.replace('\'', '"').getBytes(UTF_8)));
  }
}
