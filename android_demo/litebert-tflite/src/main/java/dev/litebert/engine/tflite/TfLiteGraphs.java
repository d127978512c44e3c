package dev.litebert.engine.tflite;

import dev.litebert.engine.Feeds;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Segment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The signatures of a target; a lock makes them safe to share between threads, and a pass holds it.
 */
final class TfLiteGraphs implements Graphs {
  private final GraphFiles files;
  private final int threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, SignatureFile> open = new HashMap<String, SignatureFile>();
  private final Map<String, NativeTensor> tensors = new HashMap<String, NativeTensor>();
  private boolean closed;

  TfLiteGraphs(GraphFiles files, int threads) {
    this.files = files;
    this.threads = threads;
  }

  @Override
  public void open(Segment segment) {
    lock.lock();
    try {
      signature(segment);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Pass begin(Feeds feeds) {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("this thread has a pass open");
    }
    lock.lock();
    tensors.clear(); // of the pass before
    return new LockedPass(feeds);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      tensors.clear();
      for (SignatureFile each : open.values()) {
        each.close();
      }
      open.clear();
    } finally {
      lock.unlock();
    }
  }

  private Signature signature(Segment segment) {
    if (closed) {
      throw new IllegalStateException("the graphs are closed");
    }
    SignatureFile file = open.get(segment.file());
    if (file == null) {
      file = SignatureFile.open(files, segment.file(), threads);
      open.put(segment.file(), file);
    }
    return file.signature(segment);
  }

  /** Holds the lock until it is closed. */
  private final class LockedPass implements Pass {
    private final Feeds feeds;
    private boolean ended;

    LockedPass(Feeds feeds) {
      this.feeds = feeds;
    }

    @Override
    public void run(Segment segment) {
      check();
      signature(segment).run(feeds, tensors);
    }

    @Override
    public Tensor output(String name) {
      check();
      NativeTensor tensor = tensors.get(name);
      if (tensor == null) {
        throw new IllegalStateException("no segment that ran gives " + name);
      }
      return tensor.read();
    }

    @Override
    public void close() {
      if (!ended) {
        ended = true;
        lock.unlock();
      }
    }

    private void check() {
      if (ended || closed || !lock.isHeldByCurrentThread()) {
        throw new IllegalStateException("this pass is closed, or another thread's");
      }
    }
  }
}
