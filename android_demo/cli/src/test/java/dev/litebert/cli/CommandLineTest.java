package dev.litebert.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Words of a command line; the expectations are what Python's argparse does with the same words.
 */
class CommandLineTest {
  private static final List<Flag> FLAGS =
      List.of(
          Flag.toggle("--json", ""),
          Flag.valued("--speed", "X", ""),
          Flag.valued("--max-changed-percent", "X", ""),
          Flag.valued("--max-accuracy-drop", "X", ""));

  private static CommandLine parse(String... words) throws UsageException {
    return CommandLine.parse(FLAGS, List.of(words));
  }

  private static String problem(String... words) {
    return assertThrows(UsageException.class, () -> parse(words)).getMessage();
  }

  @Test
  void flagsMayStandAnywhere() throws UsageException {
    CommandLine line = parse("folder", "--speed", "0.2", "one", "--json", "two");
    assertEquals(List.of("folder", "one", "two"), line.words());
    assertEquals("0.2", line.value("--speed"));
    assertTrue(line.has("--json"));
  }

  @Test
  void flagsMayBeShortened() throws UsageException {
    assertEquals("0.2", parse("--sp=0.2").value("--speed"));
    assertEquals("2", parse("--max-c", "2").value("--max-changed-percent"));
    assertEquals(
        "ambiguous option: --max could match --max-changed-percent, --max-accuracy-drop",
        problem("--max", "2"));
  }

  @Test
  void textsMayBeginWithHyphens() throws UsageException {
    assertEquals(
        List.of("-", "-1", "-.5", "- good", "--no such"),
        words("-", "-1", "-.5", "- good", "--no such"));
    assertEquals(List.of("--json", "--nope"), words("--", "--json", "--nope"));
    assertEquals("unrecognized arguments: --nope -x", problem("a", "--nope", "b", "-x"));
  }

  private static List<String> words(String... words) throws UsageException {
    return parse(words).words();
  }

  @Test
  void valuesAreNeeded() throws UsageException {
    assertEquals("-1", parse("--speed", "-1").value("--speed"));
    assertEquals("argument --speed: expected one argument", problem("a", "--speed"));
    assertEquals("argument --speed: expected one argument", problem("--speed", "--json"));
    assertEquals("argument --json: ignored explicit argument 'x'", problem("--json=x"));
  }

  @Test
  void numbersAreThoseOfPython() throws UsageException {
    assertEquals(0.5, GivenNumbers.real("--x", " .5 "));
    assertEquals(10.5, GivenNumbers.real("--x", "1_0.5"));
    assertEquals(Double.NEGATIVE_INFINITY, GivenNumbers.real("--x", "-Infinity"));
    assertEquals(3, GivenNumbers.whole("--x", "+3"));
    assertEquals(Integer.MAX_VALUE, GivenNumbers.whole("--x", "99999999999999999999"));
    for (String each : List.of("", "1d", "0x1p3", "1_", "e5", "1,2")) {
      assertThrows(UsageException.class, () -> GivenNumbers.real("--x", each), each);
    }
    assertThrows(UsageException.class, () -> GivenNumbers.whole("--x", "3.0"));
    assertThrows(UsageException.class, () -> GivenNumbers.several("--x", "0.1,"));
  }
}
