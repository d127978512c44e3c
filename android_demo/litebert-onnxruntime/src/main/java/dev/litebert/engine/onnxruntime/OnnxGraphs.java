package dev.litebert.engine.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.litebert.MissingEngineException;
import dev.litebert.engine.Feeds;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.graph.Segment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A session for each graph of a target; passes run side by side. */
final class OnnxGraphs implements Graphs {
  private final GraphFiles files;
  private final OrtEnvironment environment;
  private final OrtSession.SessionOptions options;
  private final Map<Segment, OnnxSession> sessions = new HashMap<Segment, OnnxSession>();
  private final ArrayDeque<FedTensors> spare = new ArrayDeque<FedTensors>(); // of passes that ended
  // A pass holds the lock for reading: nothing is freed under it.
  private final ReentrantReadWriteLock passes = new ReentrantReadWriteLock();
  private boolean closed;

  private OnnxGraphs(
      GraphFiles files, OrtEnvironment environment, OrtSession.SessionOptions options) {
    this.files = files;
    this.environment = environment;
    this.options = options;
  }

  /**
   * Graphs that open sessions with exact int8 sums.
   *
   * @throws LinkageError a class or the native library is missing.
   */
  static OnnxGraphs open(GraphFiles files, int threads) {
    try {
      // The process has one; where the program made it before, it keeps its level and its name.
      OrtEnvironment environment =
          OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "litebert");
      environment.setTelemetry(false); // since 1.29 it reports each model to Microsoft
      return new OnnxGraphs(files, environment, SessionOptions.of(threads));
    } catch (OrtException error) {
      throw new MissingEngineException(
          "onnxruntime cannot be used (" + OnnxErrors.reason(error) + "); upgrade it", error);
    }
  }

  @Override
  public void open(Segment segment) {
    session(segment);
  }

  @Override
  public Pass begin(Feeds feeds) {
    passes.readLock().lock();
    FedTensors fed;
    synchronized (sessions) {
      fed = spare.poll();
    }
    return new OnnxPass(this, fed == null ? new FedTensors(environment) : fed, feeds);
  }

  /** Ends a pass, which had these tensors. */
  void end(FedTensors fed) {
    synchronized (sessions) {
      spare.push(fed);
    }
    passes.readLock().unlock();
  }

  @Override
  public void close() {
    if (passes.getReadHoldCount() > 0) {
      throw new IllegalStateException("this thread has a pass open");
    }
    passes.writeLock().lock();
    try {
      synchronized (sessions) {
        if (!closed) {
          closed = true;
          for (OnnxSession each : sessions.values()) {
            each.close();
          }
          sessions.clear();
          for (FedTensors each : spare) {
            each.close();
          }
          spare.clear();
          options.close();
        }
      }
    } finally {
      passes.writeLock().unlock();
    }
  }

  /** A segment's session, opened if it is not open yet. */
  OnnxSession session(Segment segment) {
    synchronized (sessions) {
      if (closed) {
        throw new IllegalStateException("the graphs are closed");
      }
      OnnxSession session = sessions.get(segment);
      if (session == null) {
        session = OnnxSession.open(files, segment, environment, options);
        sessions.put(segment, session);
      }
      return session;
    }
  }
}
