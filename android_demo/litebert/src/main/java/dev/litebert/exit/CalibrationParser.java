package dev.litebert.exit;

import dev.litebert.graph.Exit;
import dev.litebert.json.Fields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a calibration whose figures are possible and agree with each other (ARTIFACT.md, point 8);
 * mirrors {@code read_calibration} of {@code calibration.py}.
 *
 * <p>It throws IllegalArgumentException, or ArithmeticException where counts are too large.
 */
final class CalibrationParser {
  private static final Set<String> FIELDS =
      new HashSet<>(Arrays.asList("examples", "searched", "tokens", "exit_accuracy", "rows"));
  private static final Set<String> ROW_FIELDS =
      new HashSet<>(
          Arrays.asList(
              "values",
              "accuracy",
              "agreement",
              "changed",
              "spoiled",
              "mean_layers",
              "exits",
              "compute_share",
              "latency_ms"));
  private static final double TOLERANCE = 1e-9; // in all, and as a share of the larger number

  private final Rule rule;
  private final List<Exit> exits;

  CalibrationParser(Rule rule, List<Exit> exits) {
    this.rule = rule;
    this.exits = exits;
  }

  Calibration parsed(Map<String, Object> body) {
    check(rule != null, "rule");
    check(body.keySet().equals(FIELDS), "fields");
    List<SettingRow> rows = new ArrayList<>();
    for (Object row : list(body.get("rows"))) {
      rows.add(row(row));
    }
    List<Double> exitAccuracy = new ArrayList<>();
    for (Object share : list(body.get("exit_accuracy"))) {
      exitAccuracy.add(number(share, 0, 1));
    }
    check(exitAccuracy.size() == exits.size() && !rows.isEmpty(), "lengths");
    long examples = count(body.get("examples"));
    long searched = count(body.get("searched"));
    long tokens = count(body.get("tokens"));
    check(tokens > 0, "counts");
    check(sum(rows.get(0).exits(), exits.size() - 1) == 0, "full depth");
    for (int i = 0; i < rows.size(); i++) {
      SettingRow row = rows.get(i);
      check(sum(row.exits(), exits.size()) == examples, "examples");
      check((row.spoiled() == null) == (rows.get(0).spoiled() == null), "labels");
      check(searched > 0 || i == 0 || leavesEarlier(rows.get(i - 1), row), "order");
    }
    return new Calibration(
        examples,
        searched,
        tokens,
        Collections.unmodifiableList(exitAccuracy),
        Collections.unmodifiableList(rows));
  }

  private SettingRow row(Object json) {
    Map<String, Object> body = Fields.objectOrNull(json);
    check(body != null && body.keySet().equals(ROW_FIELDS), "fields");
    double[] values = values(list(body.get("values")));
    List<Long> given = new ArrayList<>();
    for (Object each : list(body.get("exits"))) {
      given.add(count(each));
    }
    check(given.size() == exits.size(), "lengths");
    long answers = sum(given, given.size());
    check(answers > 0, "counts");
    Double accuracy =
        body.get("accuracy") == null ? null : (Double) number(body.get("accuracy"), 0, 1);
    long changed = count(body.get("changed"));
    Long spoiled = body.get("spoiled") == null ? null : (Long) count(body.get("spoiled"));
    check((spoiled == null ? 0 : spoiled) <= changed && changed <= answers, "counts");
    check((accuracy == null) == (spoiled == null), "labels");
    double[] layers = new double[exits.size()];
    double[] shares = new double[exits.size()];
    for (int i = 0; i < exits.size(); i++) {
      layers[i] = exits.get(i).layer() + 1;
      shares[i] = exits.get(i).computeShare();
    }
    return new SettingRow(
        values,
        accuracy,
        near(body.get("agreement"), 1 - (double) changed / answers),
        changed,
        spoiled,
        near(body.get("mean_layers"), Calibration.mean(given, layers)),
        Collections.unmodifiableList(given),
        near(body.get("compute_share"), Calibration.mean(given, shares)),
        number(body.get("latency_ms"), 0, Double.POSITIVE_INFINITY));
  }

  private double[] values(List<Object> json) {
    List<Parameter> parameters = rule.ofValues(exits.size() - 1);
    check(json.size() == parameters.size(), "lengths");
    double[] values = new double[json.size()];
    for (int i = 0; i < values.length; i++) {
      Parameter parameter = parameters.get(i);
      values[i] = number(json.get(i), parameter.minimum(), parameter.maximum());
    }
    return values;
  }

  /** Whether a row gives at least as many answers at the first k exits, for every k. */
  private static boolean leavesEarlier(SettingRow before, SettingRow after) {
    for (int k = 1; k <= after.exits().size(); k++) {
      if (sum(after.exits(), k) < sum(before.exits(), k)) {
        return false;
      }
    }
    return true;
  }

  private static long sum(List<Long> counts, int first) {
    long sum = 0;
    for (long count : counts.subList(0, first)) {
      sum = Math.addExact(sum, count);
    }
    return sum;
  }

  private static double near(Object json, double expected) {
    double found = number(json, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    double larger = Math.max(1, Math.max(Math.abs(found), Math.abs(expected)));
    check(Math.abs(found - expected) <= TOLERANCE * larger, "numbers");
    return found;
  }

  private static double number(Object json, double low, double high) {
    check(json instanceof Number, "numbers");
    double value = ((Number) json).doubleValue();
    check(Limits.isWithin(value, low, high), "numbers");
    return value;
  }

  private static long count(Object json) {
    check(json instanceof Long && (Long) json >= 0, "counts");
    return (Long) json;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object json) {
    check(json instanceof List, "lists");
    return (List<Object>) json;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException(what);
    }
  }
}
