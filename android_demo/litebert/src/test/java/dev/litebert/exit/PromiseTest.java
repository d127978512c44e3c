package dev.litebert.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.ArtifactException;
import dev.litebert.InputException;
import dev.litebert.graph.Exit;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Calibrations and promises against Python's; the cases are made by promise_cases.py. */
class PromiseTest {
  private final Map<String, Object> cases = object(cases());

  @Test
  void tailsAreThoseOfPython() {
    for (Object each : list(cases.get("tails"))) {
      Map<String, Object> tail = object(each);
      double expected = number(tail.get("p"));
      double found =
          Promise.pValue(
              (Long) tail.get("losses"), (Long) tail.get("texts"), number(tail.get("limit")));
      assertEquals(expected, found, 1e-9 * expected, tail::toString); // of Python's own rounding
    }
  }

  @Test
  void textsNeededAreThoseOfPython() {
    for (Object each : list(cases.get("needed"))) {
      List<Object> pair = list(each);
      assertEquals(pair.get(1), Promise.textsNeeded(number(pair.get(0))));
    }
  }

  @Test
  void promisesAreThoseOfPython() {
    for (Object each : list(cases.get("calibrations"))) {
      Map<String, Object> facts = object(each);
      Rule rule = RulesTest.rule((String) facts.get("rule"));
      Calibration calibration = Calibration.read(target(facts), rule);
      for (Object promise : list(facts.get("promises"))) {
        Map<String, Object> expected = object(promise);
        double percent = number(expected.get("percent"));
        Promise found =
            expected.get("knob").equals("max_changed_percent")
                ? Promise.ofChanged(calibration, rule, percent)
                : Promise.ofAccuracy(calibration, rule, percent);
        assertEquals(expected.get("line"), found.line());
        String setting = found.setting() == null ? null : found.setting().toString();
        assertEquals(expected.get("setting"), setting);
      }
    }
  }

  @Test
  void choicesWithinABudgetAreThoseOfPython() {
    int refused = 0;
    for (Object each : list(cases.get("calibrations"))) {
      Map<String, Object> facts = object(each);
      Rule rule = RulesTest.rule((String) facts.get("rule"));
      Calibration calibration = Calibration.read(target(facts), rule);
      double[] times = list(facts.get("times")).stream().mapToDouble(PromiseTest::number).toArray();
      for (Object budget : list(facts.get("budgets"))) {
        double budgetMs = number(list(budget).get(0));
        String expected = (String) list(budget).get(1);
        if (expected.startsWith("Setting")) {
          assertEquals(expected, calibration.bestWithin(rule, budgetMs, times).toString());
        } else {
          refused++;
          String message =
              assertThrows(
                      InputException.class, () -> calibration.bestWithin(rule, budgetMs, times))
                  .getMessage();
          assertEquals(expected.replace("latency_budget_ms", "latencyBudgetMs"), message);
        }
      }
    }
    assertTrue(refused > 0);
  }

  @Test
  void limitsAreChecked() {
    Map<String, Object> facts = object(list(cases.get("calibrations")).get(0));
    Rule rule = RulesTest.rule((String) facts.get("rule"));
    Calibration calibration = Calibration.read(target(facts), rule);
    assertMessage(
        "maxChangedPercent is 100.5, expected a number from 0 to 100",
        () -> Promise.ofChanged(calibration, rule, 100.5));
    assertMessage(
        "maxAccuracyDrop is nan, expected a number from 0 to 100",
        () -> Promise.ofAccuracy(calibration, rule, Double.NaN));
    assertMessage(
        "latencyBudgetMs is inf, expected a number from 0",
        () -> calibration.bestWithin(rule, Double.POSITIVE_INFINITY, new double[9]));
  }

  @Test
  void aTargetWithoutCalibrationSaysWhatToDo() {
    Target target = target(List.of(), null);
    assertMessage(
        "the onnx graph was not calibrated; first run litebert calibrate ARTIFACT --data FILE",
        () -> Calibration.read(target, Rules.all().get(0)));
  }

  @Test
  void figuresThatContradictEachOtherAreRefused() {
    // Other damages are among the artifacts that Python writes; see the tests of the command line.
    assertRefused("examples", 1L << 40);
    assertRefused("more", 1L);
    assertRefused("searched", -1L);
    assertRefused("rows", List.of());
    assertRefused("rows", "rows");
    assertRefused("exit_accuracy", List.of());
    Map<String, Object> facts = object(list(cases.get("calibrations")).get(0));
    assertThrows(ArtifactException.class, () -> Calibration.read(target(facts), null));
  }

  private void assertRefused(String field, Object value) {
    Map<String, Object> facts = object(list(cases.get("calibrations")).get(0));
    Rule rule = RulesTest.rule((String) facts.get("rule"));
    Map<String, Object> body = new LinkedHashMap<>(object(facts.get("calibration")));
    body.put(field, value);
    Target target = target(list(facts.get("exits")), body);
    assertEquals(
        "manifest.json: the calibration of onnx is not as specified, or of an older litebert; run"
            + " litebert calibrate again",
        assertThrows(ArtifactException.class, () -> Calibration.read(target, rule)).getMessage());
  }

  private static void assertMessage(
      String message, org.junit.jupiter.api.function.Executable call) {
    assertEquals(message, assertThrows(InputException.class, call).getMessage());
  }

  private static Target target(Map<String, Object> facts) {
    return target(list(facts.get("exits")), object(facts.get("calibration")));
  }

  private static Target target(List<Object> exits, Map<String, Object> calibration) {
    List<Exit> all = new ArrayList<>();
    for (Object each : exits) {
      int layer = ((Long) object(each).get("layer")).intValue();
      Map<String, String> tensors = Map.of("logits", "logits_" + layer);
      all.add(new Exit(layer, tensors, number(object(each).get("compute_share"))));
    }
    List<Segment> segments = Arrays.asList();
    return new Target(
        "onnx", "split", "", "int8", "independent", false, segments, all, calibration, List.of());
  }

  private static Object cases() {
    try (InputStream in = PromiseTest.class.getResourceAsStream("promise_cases.json")) {
      return StrictJson.parseFile("promise_cases.json", in.readAllBytes());
    } catch (IOException error) {
      throw new AssertionError(error);
    }
  }

  private static double number(Object json) {
    return ((Number) json).doubleValue();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object json) {
    return (List<Object>) json;
  }
}
