package dev.litebert.exit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.litebert.InputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Expected strings are those of exit_settings.py. */
class SettingTest {
  private static final Rule BELOW = RulesTest.rule("entropy-below");
  private static final Rule NATS = RulesTest.rule("raw-entropy-below");
  private static final Rule PATIENCE = RulesTest.rule("patience");
  private static final Rule WITHIN = RulesTest.rule("patience-within");

  @Test
  void oneNumberIsThatOfEveryEarlyExit() {
    Setting setting = Setting.choose(BELOW, 2, Map.of("speed", new double[] {0.2}));
    assertEquals(List.of(0.2, 0.2), setting.values());
    assertEquals("Setting(speed=0.2)", setting.toString());
    assertEquals(Map.of("speed", "0.2"), setting.arguments());
    assertEquals(Setting.choose(BELOW, 2, Map.of("speed", new double[] {0.2, 0.2})), setting);
    assertNotEquals(Setting.choose(BELOW, 2, Map.of("speed", new double[] {0.2, 0.3})), setting);
  }

  @Test
  void numbersPerExit() {
    Setting setting = Setting.choose(BELOW, 2, Map.of("speed", new double[] {0.1, 1.0 / 3}));
    assertEquals("Setting(speed=[0.1,0.3333333333333333])", setting.toString());
    assertArrayEquals(new float[] {0.1f, 1 / 3f}, setting.thresholds());
  }

  @Test
  void severalParameters() {
    Map<String, double[]> leave = new LinkedHashMap<>();
    leave.put("threshold", new double[] {0.5});
    leave.put("patience", new double[] {3});
    Setting setting = Setting.choose(WITHIN, 2, leave);
    assertEquals("Setting(patience=3, threshold=0.5)", setting.toString());
    assertEquals("patience-within", setting.rule());
  }

  @Test
  void thresholdsOfOneExit() {
    float never = -1;
    assertArrayEquals(
        new float[] {never, Float.POSITIVE_INFINITY, never}, Setting.leaveAt(1, 3).thresholds());
    assertArrayEquals(new float[] {never, never}, Setting.leaveAt(2, 2).thresholds());
  }

  @Test
  void wrongValuesAreRefusedInPythonsWords() {
    assertRefused("speed is 1.5, expected a number from 0 to 1", BELOW, "speed", 1.5);
    assertRefused("speed is nan, expected a number from 0 to 1", BELOW, "speed", Double.NaN);
    assertRefused("threshold is -0.5, expected a number from 0", NATS, "threshold", -0.5);
    assertRefused("patience is 1.5, expected a whole number from 0", PATIENCE, "patience", 1.5);
    assertRefused("patience is -1, expected a whole number from 0", PATIENCE, "patience", -1);
    assertRefused("patience is [1, 2], expected a whole number from 0", PATIENCE, "patience", 1, 2);
    assertRefused("patience is [], expected a whole number from 0", PATIENCE, "patience");
    assertRefused(
        "speed has 3 values, expected one, or 2: one per early exit", BELOW, "speed", .1, .2, .3);
    assertRefused("speed has 0 values, expected one, or 2: one per early exit", BELOW, "speed");
  }

  @Test
  void anotherRulesParametersAreRefused() {
    assertRefused(
        "patience was given, but this artifact leaves by the rule entropy-below, which needs speed",
        BELOW,
        "patience",
        1);
    assertRefused(
        "speed was given, but this artifact leaves by the rule raw-entropy-below, which needs"
            + " threshold (Leave.by(\"threshold\", ...))",
        NATS,
        "speed",
        0.5);
    assertRefused(
        "patience was given, but this artifact leaves by the rule patience-within, which needs"
            + " patience and threshold (Leave.by(\"patience\", ...).and(\"threshold\", ...))",
        WITHIN,
        "patience",
        1);
    assertRefused(
        "speed was given, but this artifact has no early exits; add them to the student with"
            + " litebert-exits, which takes classifiers, and export it again",
        null,
        "speed",
        0.5);
  }

  private static void assertRefused(String message, Rule rule, String name, double... values) {
    Map<String, double[]> leave = Map.of(name, values);
    assertEquals(
        message,
        assertThrows(InputException.class, () -> Setting.choose(rule, 2, leave)).getMessage());
  }
}
