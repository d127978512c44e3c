package dev.litebert.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.InputException;
import dev.litebert.Leave;
import dev.litebert.LiteBert;
import dev.litebert.Loader;
import dev.litebert.Model;
import dev.litebert.Prediction;
import dev.litebert.Text;
import dev.litebert.engine.contract.Artifacts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Threads share a model on a real engine, and one closes it while the others answer. */
class ClosingTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 50;
  private static final int ANSWERS = 5; // of a thread in a round
  private static final Text TEXT = Text.of("the film was very good .");

  @ParameterizedTest
  @CsvSource({
    "tflite, bert-exits",
    "tflite, bert-exits-lengths",
    "onnxruntime, bert-exits",
  })
  void answersAreRightOrTheModelWasClosed(String backend, String name) throws Exception {
    Path folder = Artifacts.sound(name);
    Loader loader = LiteBert.loader().backend(backend);
    List<Leave> leaves = List.of(Leave.speed(0), Leave.speed(0.5), Leave.speed(1));
    List<Prediction> expected = new ArrayList<>();
    try (Model<Prediction> model = loader.load(folder)) {
      for (Leave leave : leaves) {
        expected.add(model.answer(TEXT, leave));
      }
      loader.digest(model.digest()); // the files stay as they are
    }
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    AtomicInteger answered = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      Model<Prediction> model = loader.load(folder);
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Future<Integer>> all = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        boolean closes = thread == 0;
        int way = thread % leaves.size();
        all.add(
            threads.submit(
                () -> {
                  start.await();
                  int answers = 0;
                  try {
                    while (answers < ANSWERS) {
                      assertEquals(expected.get(way), model.answer(TEXT, leaves.get(way)));
                      answers++;
                      if (closes) {
                        model.close();
                      }
                    }
                  } catch (InputException error) {
                    assertTrue(error.getMessage().startsWith("the model was closed; "));
                  }
                  return answers;
                }));
      }
      for (Future<Integer> each : all) {
        answered.addAndGet(each.get());
      }
    }
    threads.shutdown();
    assertTrue(answered.get() >= ROUNDS, answered + " answers");
    assertTrue(answered.get() < ROUNDS * THREADS * ANSWERS, "no model was closed in the middle");
  }
}
