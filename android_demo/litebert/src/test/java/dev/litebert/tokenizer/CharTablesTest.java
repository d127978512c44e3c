package dev.litebert.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.litebert.json.Fields;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each primitive of the tokenizers library over all code points. */
class CharTablesTest {
  private static final int BLOCK = 256;

  private static final Map<String, CharTable> SETS =
      Map.of(
          "byteLevelLetter", CharTables.BYTE_LEVEL_LETTER,
          "byteLevelNumber", CharTables.BYTE_LEVEL_NUMBER,
          "byteLevelSpace", CharTables.BYTE_LEVEL_SPACE,
          "punctuation", CharTables.PUNCTUATION,
          "regexSpace", CharTables.REGEX_SPACE,
          "whiteSpace", CharTables.WHITE_SPACE,
          "word", CharTables.WORD);

  @TestFactory
  Stream<DynamicTest> setsHoldWhatTheLibraryHolds() throws Exception {
    Map<String, Object> expected = Fields.object(expected(), "sets");
    assertEquals(expected.keySet(), SETS.keySet());
    return SETS.entrySet().stream()
        .map(
            set ->
                DynamicTest.dynamicTest(
                    set.getKey(),
                    () -> assertEquals(expected.get(set.getKey()), digest(set.getValue()))));
  }

  private static String digest(CharTable set) throws Exception {
    ByteArrayOutputStream numbers = new ByteArrayOutputStream();
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (!isSurrogate(point)) {
        numbers.write(set.has(point) ? 1 : 0);
      }
    }
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(numbers.toByteArray());
    return hex(digest);
  }

  @TestFactory
  Stream<DynamicTest> normalizersMakeWhatTheLibraryMakes() throws Exception {
    return Fields.list(expected(), "normalizers").stream()
        .map(Fields::objectOrNull)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    Fields.object(each, "normalizer").get("type") + " in " + each.get("template"),
                    () -> assertEquals(each.get("sha256"), digest(each))));
  }

  private static String digest(Map<String, Object> expected) throws Exception {
    Normalizer normalizer = Normalizers.parse(expected.get("normalizer"));
    List<String> around = List.of(((String) expected.get("template")).split("\\{0}", -1));
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Normalized text = new Normalized();
    for (int start = 0; start <= Character.MAX_CODE_POINT; start += BLOCK) {
      if (isSurrogate(start)) {
        continue;
      }
      StringBuilder block = new StringBuilder();
      for (int point = start; point < start + BLOCK; point++) {
        block.append(point == start ? "" : "\n");
        block.append(String.join(Character.toString(point), around));
      }
      text.set(block.toString());
      normalizer.apply(text);
      digest.update(text.toString().getBytes(UTF_8));
    }
    return hex(digest);
  }

  private static Map<String, Object> expected() throws Exception {
    return Fields.objectOrNull(Expected.read("code_points.json"));
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
