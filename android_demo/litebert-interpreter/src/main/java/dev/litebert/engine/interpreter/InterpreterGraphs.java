package dev.litebert.engine.interpreter;

import dev.litebert.engine.Feeds;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Segment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** The signatures of a target; a lock makes the interpreter safe to share between threads. */
final class InterpreterGraphs implements Graphs {
  private final GraphFiles files;
  private final int threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, SignatureFile> open = new HashMap<String, SignatureFile>();
  private boolean closed;

  InterpreterGraphs(GraphFiles files, int threads) {
    this.files = files;
    this.threads = threads;
  }

  @Override
  public void open(Segment segment) {
    lock.lock();
    try {
      file(segment).check(segment);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Pass begin(Feeds feeds) {
    return new NestedPass(feeds);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      for (SignatureFile each : open.values()) {
        each.close();
      }
      open.clear();
    } finally {
      lock.unlock();
    }
  }

  private SignatureFile file(Segment segment) {
    if (closed) {
      throw new IllegalStateException("the graphs are closed");
    }
    SignatureFile file = open.get(segment.file());
    if (file == null) {
      file = SignatureFile.open(files, segment.file(), threads);
      open.put(segment.file(), file);
    }
    return file;
  }

  /**
   * Holds outputs as nested arrays. The Interpreter gives an input the shape of the nested array
   * that it gets; a buffer has no shape.
   */
  private final class NestedPass implements Pass {
    private final Feeds feeds;
    private final Map<String, Object> arrays = new HashMap<String, Object>();
    private boolean ended;

    NestedPass(Feeds feeds) {
      this.feeds = feeds;
    }

    @Override
    public void run(Segment segment) {
      check();
      lock.lock();
      try {
        file(segment).run(segment, feeds, arrays);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public Tensor output(String name) {
      check();
      Object array = arrays.get(name);
      if (array == null) {
        throw new IllegalStateException("no segment that ran gives " + name);
      }
      return Nested.tensor(array);
    }

    @Override
    public void close() {
      ended = true;
      arrays.clear();
    }

    private void check() {
      if (ended) {
        throw new IllegalStateException("this pass is closed");
      }
    }
  }
}
