package dev.litebert.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.Answer;
import dev.litebert.Leave;
import dev.litebert.LiteBert;
import dev.litebert.Model;
import dev.litebert.Text;
import dev.litebert.engine.contract.Artifacts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Under every exit rule and layout, texts leave where Python lets them, with both engines. */
class DecisionsTest {
  private static final Map<String, String> BACKENDS =
      Map.of("onnx", "onnxruntime", "tflite", "tflite");

  @Test
  void arePythons() {
    List<String> wrong = new ArrayList<>();
    int texts = 0;
    for (Map<?, ?> row : Artifacts.rows()) {
      if (row.get("decisions") instanceof List<?> decisions) {
        texts += decisions.size();
        wrong.addAll(differences(Artifacts.folder(row), decisions));
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(texts > 100, texts + " texts");
  }

  private static List<String> differences(Path folder, List<?> decisions) {
    List<String> differences = new ArrayList<>();
    Map<Object, Model<Answer>> models = new HashMap<>();
    for (Object each : decisions) {
      Map<?, ?> decision = (Map<?, ?>) each;
      Object target = decision.get("target");
      if (!models.containsKey(target)) {
        String backend = BACKENDS.get(target);
        models.put(target, LiteBert.loader().backend(backend).load(folder, Answer.class));
      }
      Leave leave = leave((Map<?, ?>) decision.get("leave"));
      Answer answer = models.get(target).answer(text(decision.get("text")), leave);
      if (answer.exitLayer() != ((Number) decision.get("exit_layer")).intValue()) {
        differences.add(folder + ": " + decision + ", here " + answer.exitLayer());
      }
    }
    models.values().forEach(Model::close);
    return differences;
  }

  private static Text text(Object json) {
    if (json instanceof String text) {
      return Text.of(text);
    }
    return Text.pair((String) ((List<?>) json).get(0), (String) ((List<?>) json).get(1));
  }

  private static Leave leave(Map<?, ?> json) {
    Leave leave = null;
    for (Map.Entry<?, ?> each : json.entrySet()) {
      String name = (String) each.getKey();
      double value = ((Number) each.getValue()).doubleValue();
      leave = leave == null ? Leave.by(name, value) : leave.and(name, value);
    }
    return leave;
  }
}
