package dev.litebert.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;

/** Buffers for tokenizing, one set for each thread at work, kept for the next text. */
final class Workers {
  private static final int KEPT = 8;
  private static final int LARGE = 1 << 14; // code points; buffers of long texts are not kept

  /** The buffers of one thread. */
  static final class Worker {
    final Pipeline.Worker pipeline;
    final Tokens[] tokens = {new Tokens(), new Tokens()}; // of both texts
    final Tokens piece = new Tokens(); // of a stretch of a long text

    private Worker(Pipeline pipeline) {
      this.pipeline = pipeline.worker();
    }
  }

  private final Pipeline pipeline;
  private final Deque<Worker> idle = new ArrayDeque<>();

  Workers(Pipeline pipeline) {
    this.pipeline = pipeline;
  }

  Worker take() {
    synchronized (idle) {
      if (!idle.isEmpty()) {
        return idle.pop();
      }
    }
    return new Worker(pipeline);
  }

  void giveBack(Worker worker) {
    if (worker.pipeline.size() > LARGE) {
      return;
    }
    synchronized (idle) {
      if (idle.size() < KEPT) {
        idle.push(worker);
      }
    }
  }
}
