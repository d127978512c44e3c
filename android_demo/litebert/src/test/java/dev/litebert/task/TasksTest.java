package dev.litebert.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.litebert.Answer;
import dev.litebert.ArtifactException;
import dev.litebert.Embedding;
import dev.litebert.Encoding;
import dev.litebert.Prediction;
import dev.litebert.Text;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Output;
import dev.litebert.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Expected strings and numbers are those of the Python tasks for the same logits. */
class TasksTest {
  private static final String SINGLE =
      "{'name': 'sequence-classification', 'problem_type': 'single-label', 'activation': 'softmax',"
          + " 'labels': ['negative', 'positive']}";
  private static final String MULTI =
      "{'name': 'sequence-classification', 'problem_type': 'multi-label', 'activation': 'sigmoid',"
          + " 'labels': ['joy', 'anger', 'fear'], 'threshold': 0.5}";
  private static final String REGRESSION =
      "{'name': 'sequence-classification', 'problem_type': 'regression', 'activation': 'identity',"
          + " 'labels': ['score']}";
  private static final String EMBEDDINGS =
      "{'name': 'embeddings', 'pooling': 'mean', 'normalized': true, 'similarity': 'cosine'}";

  @Test
  void singleLabel() {
    Task<?> task = Tasks.parse(json(SINGLE), List.of(new Output("logits", 2)));
    Prediction found = (Prediction) answer(task, 0, -1, 1.5f);
    assertEquals("positive", found.label());
    assertEquals(0.9241418199787566, found.score(), 1e-15);
    assertArrayEquals(new double[] {0.07585818002124355, 0.9241418199787566}, found.probs(), 1e-15);
    assertEquals(0.3874143787596851, found.uncertainty(), 1e-15);
    assertEquals("Prediction(label='positive', score=0.9241, exitLayer=0, tokens=3)", found + "");
    assertEquals("positive\t0.9241\tlayer 0", found.line());
    assertEquals(List.of("positive"), found.chosen());
    assertEquals(List.of("negative", "positive"), List.copyOf(found.scores().keySet()));
    assertNull(found.value());
    assertNull(found.labels());
    assertEquals(found, answer(task, 0, -1, 1.5f));
    assertEquals(found.hashCode(), answer(task, 0, -1, 1.5f).hashCode());
    assertEquals("negative", ((Prediction) answer(task, null, 2, 2)).label());
    assertNull(((Prediction) answer(task, null, 2, 2)).uncertainty());
    assertEquals("classes", task.beliefs());
  }

  @Test
  void multiLabel() {
    Task<?> task = Tasks.parse(json(MULTI), List.of(new Output("logits", 3)));
    Prediction found = (Prediction) answer(task, null, 0, -2, 3);
    assertEquals(List.of("joy", "fear"), found.labels());
    assertEquals(
        "Prediction(labels=('joy', 'fear'), label='fear', score=0.9526, tokens=3)", found + "");
    assertEquals("joy,fear\t0.5000 0.1192 0.9526", found.line());
    assertEquals("-\t0.1192 0.1192 0.1192", answer(task, null, -2, -2, -2).line());
    assertNull(task.beliefs());
  }

  @Test
  void regression() {
    Task<?> task = Tasks.parse(json(REGRESSION), List.of(new Output("logits", 1)));
    Prediction found = (Prediction) answer(task, 2, 3.25f);
    assertEquals(3.25, found.value());
    assertNull(found.label());
    assertNull(found.score());
    assertNull(found.probs());
    assertEquals(Map.of(), found.scores());
    assertEquals(List.of(), found.chosen());
    assertEquals("Prediction(value=3.2500, exitLayer=2, tokens=3)", found + "");
    assertEquals("numbers", task.beliefs());
  }

  @Test
  void embeddings() {
    Task<?> task = Tasks.parse(json(EMBEDDINGS), List.of(new Output("vector", 3)));
    Embedding found = (Embedding) answer(task, null, 0.5f, -0.25f, 1e-7f);
    assertEquals("Embedding(vector=(0.5000, -0.2500, ... 3 in all), tokens=3)", found + "");
    assertEquals("0.5 -0.25 1e-07", found.line());
    assertEquals(List.of(0.5, -0.25, (double) 1e-7f), found.fields().get("vector"));
    found.vector()[0] = 7;
    assertEquals(found, answer(task, null, 0.5f, -0.25f, 1e-7f));
  }

  @Test
  void fieldsHavePythonsNamesAndOrder() {
    Task<?> task = Tasks.parse(json(SINGLE), List.of(new Output("logits", 2)));
    Map<String, Object> fields = answer(task, 1, 0, 0).fields();
    assertEquals(
        "{label=negative, score=0.5, probs=[0.5, 0.5], logits=[0.0, 0.0], tokens=3,"
            + " truncated=false, labels=null, value=null, exit_layer=1, uncertainty=1.0}",
        fields.toString());
  }

  @Test
  void aNumberThatIsNotFiniteIsNoAnswer() {
    Task<?> task = Tasks.parse(json(SINGLE), List.of(new Output("logits", 2)));
    assertEquals(
        "the graph gives the logits (nan, 1.0); export the model again",
        assertThrows(ArtifactException.class, () -> answer(task, null, Float.NaN, 1)).getMessage());
    Task<?> other = Tasks.parse(json(EMBEDDINGS), List.of(new Output("vector", 2)));
    assertEquals(
        "the graph gives the vector [0.5, -inf]; export the model again",
        assertThrows(
                ArtifactException.class, () -> answer(other, null, 0.5f, Float.NEGATIVE_INFINITY))
            .getMessage());
  }

  @Test
  void wrongFactsAreRefusedInPythonsWords() {
    assertRefused(
        "name is 'poetry', expected one of embeddings, sequence-classification",
        SINGLE.replace("sequence-classification", "poetry"),
        new Output("logits", 2));
    assertRefused(
        "labels are ('a', 'a') for single-label, expected different names, one per logit",
        SINGLE.replace("'negative', 'positive'", "'a', 'a'"),
        new Output("logits", 2));
    assertRefused(
        "labels are ('a', 'b') for regression, expected one name",
        REGRESSION.replace("'score'", "'a', 'b'"),
        new Output("logits", 2));
    assertRefused(
        "outputs are [('logits', 'batch', 3)], expected logits for 2 labels",
        SINGLE,
        new Output("logits", 3));
    assertRefused(
        "threshold is None for multi-label, expected a number from 0 to 1",
        MULTI.replace(", 'threshold': 0.5", ""),
        new Output("logits", 3));
    assertRefused(
        "threshold is True for multi-label, expected a number from 0 to 1",
        MULTI.replace("0.5", "true"),
        new Output("logits", 3));
    assertRefused(
        "threshold is 0.5 for single-label, expected none",
        SINGLE.replace("}", ", 'threshold': 0.5}"),
        new Output("logits", 2));
    assertRefused(
        "activation is 'sigmoid', expected one of softmax",
        SINGLE.replace("softmax", "sigmoid"),
        new Output("logits", 2));
    assertRefused(
        "outputs are (Output(name='vector', axes=('batch', 'tokens')),), expected one vector"
            + " [batch, size]",
        EMBEDDINGS,
        new Output("vector", Output.TOKENS));
    assertRefused(
        "pooling is 'sum', expected one of cls, mean, max",
        EMBEDDINGS.replace("mean", "sum"),
        new Output("vector", 3));
  }

  private static void assertRefused(String problem, String facts, Output output) {
    String message =
        assertThrows(ArtifactException.class, () -> Tasks.parse(json(facts), List.of(output)))
            .getMessage();
    assertEquals("manifest.json: " + problem + "; export the model again", message);
  }

  private static Answer answer(Task<?> task, Integer exitLayer, float... numbers) {
    Encoding encoding = new Encoding(new int[3], new int[3], new int[3], new int[6], false);
    String name = task.outputs().get(0).name();
    Tensor tensor = Tensor.ofFloats(new int[] {1, numbers.length}, numbers);
    return task.answer(new Outcome(Text.of("a"), encoding, Map.of(name, tensor), exitLayer));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> json(String text) {
    byte[] content = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return (Map<String, Object>) StrictJson.parseFile("facts", content);
  }
}
