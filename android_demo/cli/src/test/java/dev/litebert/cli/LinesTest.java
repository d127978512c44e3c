package dev.litebert.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.InputException;
import dev.litebert.Text;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines of stdin, as {@code stdin_lines.py} reads them. */
class LinesTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Lines lines(byte[] bytes) {
    Console console = new Console(new ByteArrayOutputStream(), err);
    return new Lines(new ByteArrayInputStream(bytes), console, true);
  }

  private List<String> all(byte[] bytes) throws IOException {
    Lines lines = lines(bytes);
    List<String> found = new ArrayList<>();
    for (String line = lines.next(); line != null; line = lines.next()) {
      found.add(line);
    }
    return found;
  }

  @Test
  void endsAndMarkAreTakenOff() throws IOException {
    assertEquals(
        List.of("good", "\r", "film\u2028x", "end"),
        all("\ufeffgood\r\n\r\r\nfilm\u2028x\nend".getBytes(UTF_8)));
    assertEquals(List.of("a", "\ufeffb"), all("a\n\ufeffb\n".getBytes(UTF_8)));
  }

  @Test
  void blankLinesStayAndOneIsWarnedOf() throws IOException {
    assertEquals(List.of("", "\u00a0", "x"), all("\n\u00a0\nx".getBytes(UTF_8)));
    assertEquals(
        "warning: line 1 of stdin is blank: blank lines are answered as empty texts\n",
        err.toString(UTF_8));
  }

  @Test
  void otherBytesAreReplacedWithWarning() throws IOException {
    assertEquals(List.of("caf\ufffd", "\ufffd"), all("caf\u00e9\n\u00e9".getBytes(ISO_8859_1)));
    assertTrue(err.toString(UTF_8).startsWith("warning: line 1 of stdin is not UTF-8: "));
    assertEquals(1, err.toString(UTF_8).lines().count());
  }

  /** As {@code bytes.decode("utf-8", "replace")}: a surrogate is three faults, a cut letter one. */
  @Test
  void eachFaultIsReplacedAsInPython() throws IOException {
    assertEquals(
        List.of("a\ufffd\ufffd\ufffdb", "\ufffd\ufffdb", "\ufffdb", "\ufffd", "\ufffd\ufffd"),
        all(
            "a\u00ed\u00a0\u0080b\n\u00ed\u00bbb\n\u00f0\u0090\u0080b\n\u00e4\u00b8\n\u00ed\u00a0"
                .getBytes(ISO_8859_1)));
  }

  @Test
  void utf16IsRefused() {
    Lines lines = lines(new byte[] {(byte) 0xFF, (byte) 0xFE, 'a', 0});
    assertThrows(InputException.class, lines::next);
  }

  @Test
  void linesLongerThanTheBufferAreWhole() throws IOException {
    String text = "good \u6f22 ".repeat(50_000);
    assertEquals(List.of(text, text), all((text + "\n" + text).getBytes(UTF_8)));
  }

  @Test
  void jsonLinesAreTextsOrPairs() throws IOException {
    Texts texts =
        Texts.ofJson(lines("\"two\\nlines\"\n [\"a\", \"\\ud83d\\ude00\"] \n".getBytes(UTF_8)));
    assertEquals("two\nlines", texts.next().first());
    Text pair = texts.next();
    assertEquals("a", pair.first());
    assertEquals("\ud83d\ude00", pair.second());
    for (String wrong :
        List.of("", "good", "1", "null", "[\"a\"]", "[\"a\",1]", "'a'", "\"a\" 1")) {
      Texts bad = Texts.ofJson(lines((wrong + "\n").getBytes(UTF_8)));
      String message = assertThrows(InputException.class, bad::next, wrong).getMessage();
      assertTrue(message.startsWith("line 1 of stdin, "), message);
    }
  }

  @Test
  void pairsHaveOneTab() throws IOException {
    assertEquals("", Texts.of(lines("a\t\n".getBytes(UTF_8)), true).next().second());
    for (String wrong : List.of("a", "a\tb\tc")) {
      assertThrows(InputException.class, Texts.of(List.of(wrong), true)::next);
    }
    String message =
        assertThrows(InputException.class, Texts.of(lines("a\n".getBytes(UTF_8)), true)::next)
            .getMessage();
    assertEquals(
        "line 1 of stdin, 'a', has 0 tabs; with --pair expected one between two halves", message);
  }
}
