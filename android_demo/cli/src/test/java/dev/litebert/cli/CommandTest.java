package dev.litebert.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.litebert.engine.contract.Artifacts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command on artifacts of {@code make artifacts}, whose index holds what Python answers. */
class CommandTest {
  private static final String EXITS = "bert-exits";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String stdin, String... words) {
    return run(out, stdin, words);
  }

  private int run(OutputStream stdout, String stdin, String... words) {
    Console console = new Console(stdout, err);
    ByteArrayInputStream in = new ByteArrayInputStream(stdin.getBytes(UTF_8));
    return new Command(in, console, false).run(Arrays.asList(words));
  }

  private static String folder(String name) {
    return Artifacts.sound(name).toString();
  }

  private static JsonObject row(String name) throws IOException {
    String index = Files.readString(Artifacts.root().resolve("index.json"));
    for (JsonElement row : JsonParser.parseString(index).getAsJsonObject().getAsJsonArray("rows")) {
      if (row.getAsJsonObject().get("name").getAsString().equals(name)) {
        return row.getAsJsonObject();
      }
    }
    throw new AssertionError("no row " + name);
  }

  private List<JsonObject> answers() {
    List<JsonObject> answers = new ArrayList<>();
    for (String line : out.toString(UTF_8).split("\n")) {
      answers.add(JsonParser.parseString(line).getAsJsonObject());
    }
    return answers;
  }

  @Test
  void idsAreThoseOfPython() throws IOException {
    JsonArray cases = row(EXITS).getAsJsonArray("encodings");
    StringBuilder lines = new StringBuilder();
    for (JsonElement each : cases) {
      lines.append(each.getAsJsonObject().get("text")).append('\n');
    }
    int code = run(lines.toString(), folder(EXITS), "--stdin-json", "--ids", "--backend", "tflite");
    assertEquals(0, code, err.toString(UTF_8));
    List<JsonObject> answers = answers();
    assertEquals(cases.size(), answers.size());
    for (int i = 0; i < cases.size(); i++) {
      JsonObject expected = cases.get(i).getAsJsonObject();
      for (String name : List.of("input_ids", "token_type_ids", "truncated")) {
        assertEquals(expected.get(name), answers.get(i).get(name), expected.toString());
      }
      assertEquals(
          answers.get(i).getAsJsonArray("input_ids").size(),
          answers.get(i).getAsJsonArray("offsets").size());
    }
  }

  @Test
  void flagsOfExitRulesDecideAsInPython() throws IOException {
    int tried = 0;
    for (JsonElement each : row(EXITS).getAsJsonArray("decisions")) {
      JsonObject decision = each.getAsJsonObject();
      boolean isOurs =
          decision.get("target").getAsString().equals("tflite")
              && decision.get("text").isJsonPrimitive();
      if (isOurs) {
        out.reset();
        String speed = decision.getAsJsonObject("leave").get("speed").getAsString();
        String text = decision.get("text").getAsString();
        run("", folder(EXITS), "--json", "--backend=tflite", "--speed", speed, "--", text);
        assertEquals(decision.get("exit_layer"), answers().get(0).get("exit_layer"), text);
        tried++;
      }
    }
    assertTrue(tried > 5);
  }

  @Test
  void anErrorIsOneLineAndAnswersNothing() {
    assertEquals(1, run("", folder(EXITS), "--speed", "2", "good"));
    assertEquals("error: --speed is 2.0, expected a number from 0 to 1\n", err.toString(UTF_8));
    err.reset();
    assertEquals(1, run("", "no such folder", "good"));
    assertEquals(1, err.toString(UTF_8).lines().count());
    err.reset();
    assertEquals(1, run("", folder(EXITS), "--max-accuracy-drop", "1", "--speed", "0.1", "good"));
    assertTrue(err.toString(UTF_8).contains("--max-accuracy-drop and --latency-budget-ms"));
    assertEquals("", out.toString(UTF_8));
  }

  @Test
  void flagsOfAnotherRuleAreNamedAsFlags() {
    assertEquals(1, run("", folder("bert-exits-patience"), "--speed", "0.1", "good"));
    assertEquals(
        "error: --speed was given, but this artifact leaves by the rule patience, which needs"
            + " --patience\n",
        err.toString(UTF_8));
  }

  @Test
  void answersBeforeABadLineStand() {
    assertEquals(1, run("a\tb\nno tab\n", folder(EXITS), "--pair", "--backend", "tflite"));
    assertEquals(1, out.toString(UTF_8).lines().count());
    assertEquals(
        "error: line 2 of stdin, 'no tab', has 0 tabs; with --pair expected one between two"
            + " halves\n",
        err.toString(UTF_8));
  }

  @Test
  void wrongUsageEndsWithTwo() {
    assertEquals(2, run("", folder(EXITS), "--nope"));
    assertTrue(err.toString(UTF_8).endsWith("error: unrecognized arguments: --nope\n"));
    assertEquals(2, run(""));
    assertEquals(2, run("", folder(EXITS), "--threads", "two"));
    assertEquals(2, run("", folder(EXITS), "--stdin-json", "good"));
    assertEquals("", out.toString(UTF_8));
  }

  @Test
  void aReaderThatWentAwayIsNoErrorToTell() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int each) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertEquals(1, run(gone, "", folder(EXITS), "--backend", "tflite", "good"));
    assertEquals("", err.toString(UTF_8));
  }

  @Test
  void helpNamesEveryParameterOfEveryRule() {
    assertEquals(0, run("", "--help"));
    for (String name : Flags.rulesByParameter().keySet()) {
      assertTrue(out.toString(UTF_8).contains("  --" + name + " "), name);
    }
  }
}
