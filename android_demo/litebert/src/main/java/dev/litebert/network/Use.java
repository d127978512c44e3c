package dev.litebert.network;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts those that use something which is freed when it was closed and the last of them is done.
 *
 * <p>No one ever waits: closing beside an answer leaves the freeing to that answer's thread.
 */
final class Use {
  private final AtomicInteger users = new AtomicInteger(1); // the owner, until it closes
  private final Runnable free;
  private volatile boolean closed;

  /** Something that is in use by its owner; {@code free} runs once. */
  Use(Runnable free) {
    this.free = free;
  }

  /** Begins a use, which {@link #end} ends; false where it was closed. */
  boolean begin() {
    int count = users.get();
    while (!closed && count > 0) {
      if (users.compareAndSet(count, count + 1)) {
        return true;
      }
      count = users.get();
    }
    return false;
  }

  void end() {
    if (users.decrementAndGet() == 0) {
      free.run();
    }
  }

  /** Ends the owner's use, once. */
  void close() {
    boolean first;
    synchronized (this) {
      first = !closed;
      closed = true;
    }
    if (first) {
      end();
    }
  }

  boolean isClosed() {
    return closed;
  }
}
