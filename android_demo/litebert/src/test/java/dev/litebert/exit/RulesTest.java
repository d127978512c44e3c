package dev.litebert.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.ArtifactException;
import dev.litebert.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final float LN3 = (float) Math.log(3); // softmax(0, LN3) is (1/4, 3/4)

  @Test
  void uncertaintyIsTheNormalisedEntropy() {
    double quarter = (0.25 * Math.log(4) + 0.75 * Math.log(4.0 / 3)) / Math.log(2);
    assertEquals(quarter, Uncertainty.of(new float[] {0, LN3}), 1e-7);
    assertEquals(1, Uncertainty.of(new float[] {5, 5, 5}));
    assertEquals(0, Uncertainty.of(new float[] {5}));
    assertEquals(0, Uncertainty.of(new float[] {-1000, 1000}));
    assertEquals(1, Uncertainty.of(new float[] {Float.NaN, 0}));
  }

  @Test
  void entropyBelowTakesTheValueOfItsExit() {
    Rule rule = rule("entropy-below");
    assertTrue(leaves(rule, new double[] {0.9, 0.1}, classes(0, LN3)));
    assertFalse(leaves(rule, new double[] {0.9, 0.1}, classes(0, LN3), classes(0, LN3)));
    assertFalse(leaves(rule, new double[] {1}, classes(5, 5)));
    assertFalse(leaves(rule, new double[] {0}, classes(-1000, 1000)));
  }

  @Test
  void entropyAtMostLeavesAtTheThresholdButNeverAtZero() {
    Rule rule = rule("entropy-at-most");
    assertTrue(leaves(rule, new double[] {1}, classes(5, 5)));
    assertFalse(leaves(rule, new double[] {0}, classes(-1000, 1000)));
  }

  @Test
  void rawEntropyIsInNats() {
    Rule rule = rule("raw-entropy-below");
    assertFalse(leaves(rule, new double[] {1.09}, classes(5, 5, 5))); // ln 3 is 1.0986
    assertTrue(leaves(rule, new double[] {1.1}, classes(5, 5, 5)));
  }

  @Test
  void aTextLeavesWhenAllItsQuestionsAreSure() {
    float[] sure = {-1000, 1000};
    float[] unsure = {5, 5};
    Rule rule = rule("entropy-below");
    assertTrue(leaves(rule, new double[] {0.5}, new float[][] {sure, sure}));
    assertFalse(leaves(rule, new double[] {0.5}, new float[][] {sure, unsure}));
  }

  @Test
  void patienceCountsComparisonsInARow() {
    Rule rule = rule("patience");
    float[][] yes = classes(0, 1);
    float[][] no = classes(1, 0);
    assertFalse(leaves(rule, new double[] {1}, yes));
    assertTrue(leaves(rule, new double[] {1}, yes, yes));
    assertFalse(leaves(rule, new double[] {2}, yes, yes));
    assertFalse(leaves(rule, new double[] {2}, yes, no, no));
    assertTrue(leaves(rule, new double[] {2}, yes, no, no, no));
    assertFalse(leaves(rule, new double[] {0}, yes, yes));
    assertTrue(leaves(rule, new double[] {1}, classes(2, 2), no)); // the first of equals is best
  }

  @Test
  void patienceWithinComparesNumbers() {
    Rule rule = rule("patience-within");
    assertTrue(leaves(rule, new double[] {1, 0.5}, classes(1), classes(1.25f)));
    assertFalse(leaves(rule, new double[] {1, 0.25}, classes(1), classes(1.25f)));
    assertFalse(leaves(rule, new double[] {1, 0.5}, classes(Float.NaN), classes(1)));
    assertFalse(leaves(rule, new double[] {0, 0.5}, classes(1), classes(1)));
  }

  @Test
  void theFactsOfEveryRuleAreReadBack() {
    for (Rule rule : Rules.all()) {
      assertSame(rule, Rules.parse(rule.facts()));
    }
    assertNull(Rules.parse(null));
    assertSame(rule("entropy-below"), Rules.parse(facts("1.0", "false", "\"share\"")));
  }

  @Test
  void otherFactsAreRefusedInPythonsWords() {
    String start = "manifest.json: exit_rule is ";
    assertEquals(
        start
            + "{'name': 'at-random'}, expected the facts of one of entropy-below, entropy-at-most,"
            + " raw-entropy-below, patience, patience-within; export the model again",
        refused(json("{\"name\": \"at-random\"}")));
    assertTrue(refused("entropy-below").startsWith(start + "'entropy-below', expected the facts"));
    assertEquals(
        start
            + "{'name': 'entropy-below', 'per_exit': True, 'parameters': [{'name': 'speed',"
            + " 'minimum': 0, 'maximum': 2, 'whole': False, 'unit': 'share'}]}, expected {'name':"
            + " 'entropy-below', 'per_exit': True, 'parameters': [{'name': 'speed', 'minimum': 0,"
            + " 'maximum': 1, 'whole': False, 'unit': 'share'}]}; export the model again",
        refused(facts("2", "false", "\"share\"")));
    refused(facts("true", "false", "\"share\"")); // which Python takes for 1
    refused(facts("1", "0", "\"share\""));
    refused(facts("1", "false", "\"share\", \"usual\": 1"));
    refused(facts("null", "false", "\"share\""));
  }

  static Rule rule(String name) {
    for (Rule each : Rules.all()) {
      if (each.name().equals(name)) {
        return each;
      }
    }
    throw new AssertionError(name);
  }

  private static float[][] classes(float... logits) {
    return new float[][] {logits};
  }

  private static boolean leaves(Rule rule, double[] values, float[][]... history) {
    List<float[][]> beliefs = new ArrayList<>(List.of(history));
    return rule.leaves(beliefs, values);
  }

  private static Map<?, ?> facts(String maximum, String whole, String unit) {
    return (Map<?, ?>)
        json(
            "{\"name\": \"entropy-below\", \"per_exit\": true, \"parameters\": [{\"name\":"
                + " \"speed\", \"minimum\": 0, \"maximum\": "
                + maximum
                + ", \"whole\": "
                + whole
                + ", \"unit\": "
                + unit
                + "}]}");
  }

  private static Object json(String text) {
    return StrictJson.parseFile("facts", text.getBytes(StandardCharsets.UTF_8));
  }

  private static String refused(Object facts) {
    return assertThrows(ArtifactException.class, () -> Rules.parse(facts)).getMessage();
  }
}
