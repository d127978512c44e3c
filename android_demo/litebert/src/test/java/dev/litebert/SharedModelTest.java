package dev.litebert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads that share a model, and close it while others answer. */
class SharedModelTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 1000;

  @Test
  void closingBesideAnAnswerWaitsForNoOneAndFreesBehindIt() throws Exception {
    FakeEngine engine = ModelTest.sureAt("logits");
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    engine.whileRunning =
        () -> {
          running.countDown();
          await(closed);
        };
    ExecutorService threads = Executors.newSingleThreadExecutor();
    Model<Prediction> model = ModelTest.load("bert", engine);
    Future<Prediction> answer = threads.submit(() -> model.answer("a film"));
    running.await();
    model.close(); // would never return if it waited
    assertEquals(0, engine.freed.get());
    ModelTest.assertInput(
        "the model was closed; open it again with LiteBert.load()", () -> model.answer("a film"));
    closed.countDown();
    assertEquals("positive", answer.get().label());
    threads.shutdown();
    assertTrue(threads.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES));
    assertEquals(1, engine.freed.get());
    assertEquals(List.of(), engine.crashes);
  }

  @Test
  void threadsAnswerOrAreToldThatTheModelWasClosed() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger told = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      FakeEngine engine = ModelTest.sureAt("logits_00");
      Loader loader = LiteBert.loader().engine(engine).speed(0.2);
      // The artifact is checked once: the rounds are about what follows.
      Model<Prediction> model = loader.load(Artifacts.sound("bert-exits"));
      CountDownLatch start = new CountDownLatch(1);
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        boolean closes = thread == round % THREADS;
        all.add(
            threads.submit(
                () -> {
                  await(start);
                  if (closes) {
                    model.close();
                    return;
                  }
                  try {
                    assertEquals(0, model.answer("a film").exitLayer());
                    answered.incrementAndGet();
                  } catch (InputException error) {
                    assertTrue(error.getMessage().startsWith("the model was closed; "));
                    told.incrementAndGet();
                  }
                }));
      }
      start.countDown();
      for (Future<?> each : all) {
        each.get();
      }
      assertEquals(1, engine.freed.get());
      assertEquals(List.of(), engine.crashes);
    }
    threads.shutdown();
    assertEquals(ROUNDS * (THREADS - 1), answered.get() + told.get());
    assertTrue(answered.get() > 0 && told.get() > 0, answered + " answered, " + told + " told");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }
}
