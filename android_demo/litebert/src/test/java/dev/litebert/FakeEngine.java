package dev.litebert;

import dev.litebert.engine.Engine;
import dev.litebert.engine.Feeds;
import dev.litebert.engine.GraphFiles;
import dev.litebert.engine.Graphs;
import dev.litebert.engine.Pass;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Segment;
import dev.litebert.graph.Target;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An engine whose graphs give the numbers that a test says. It fails where a real one would crash:
 * on a pass through closed graphs, and where they are closed under a pass.
 */
public final class FakeEngine implements Engine {
  /** The numbers of a tensor, for the feeds of a text. */
  public interface Numbers {
    Tensor of(Feeds feeds, String tensor);
  }

  /** Events, in order: {@code open embed}, {@code run embed}, {@code close}. */
  public final List<String> events = Collections.synchronizedList(new ArrayList<>());

  public final List<Feeds> feeds = Collections.synchronizedList(new ArrayList<>());
  public final List<String> crashes = Collections.synchronizedList(new ArrayList<>());
  public final AtomicInteger freed = new AtomicInteger();
  public volatile Runnable whileRunning = () -> {};
  public volatile Runnable onOpen = () -> {};
  public volatile int threads;

  private final String name;
  private final String target;
  private final Numbers numbers;

  public FakeEngine(String name, String target, Numbers numbers) {
    this.name = name;
    this.target = target;
    this.numbers = numbers;
  }

  /** An engine for the target tflite. */
  public static FakeEngine of(Numbers numbers) {
    return new FakeEngine("fake", "tflite", numbers);
  }

  /** Logits [1, n]. */
  public static Tensor row(float... numbers) {
    return Tensor.ofFloats(new int[] {1, numbers.length}, numbers);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public Graphs open(GraphFiles files, Target target, int threads) {
    this.threads = threads;
    onOpen.run();
    return new FakeGraphs(files);
  }

  private final class FakeGraphs implements Graphs {
    private final GraphFiles files;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger passes = new AtomicInteger();
    private volatile boolean closed;

    FakeGraphs(GraphFiles files) {
      this.files = files;
    }

    @Override
    public void open(Segment segment) {
      String key = segment.entry() == null ? segment.name() : segment.entry();
      if (open.contains(key)) {
        return;
      }
      try (GraphFiles.Opening opening = files.opening(segment.file())) {
        if (open.add(key) && opening != null) {
          events.add("open " + key);
        }
      }
    }

    @Override
    public Pass begin(Feeds given) {
      passes.incrementAndGet();
      check();
      feeds.add(given);
      return new FakePass(this, given);
    }

    @Override
    public void close() {
      if (passes.get() > 0) {
        crashes.add("closed under a pass");
      }
      closed = true;
      freed.incrementAndGet();
      events.add("close");
    }

    private void check() {
      if (closed) {
        crashes.add("used after close");
      }
    }
  }

  private final class FakePass implements Pass {
    private final FakeGraphs graphs;
    private final Feeds given;
    private final Set<String> outputs = new HashSet<>();

    FakePass(FakeGraphs graphs, Feeds given) {
      this.graphs = graphs;
      this.given = given;
    }

    @Override
    public void run(Segment segment) {
      graphs.check();
      graphs.open(segment);
      for (String input : segment.inputs()) {
        boolean fed = given.ints(input) != null || input.equals("thresholds");
        if (!fed && !outputs.contains(input)) {
          crashes.add("no input " + input);
        }
      }
      events.add("run " + segment.name());
      whileRunning.run();
      outputs.addAll(segment.outputs());
    }

    @Override
    public Tensor output(String tensor) {
      graphs.check();
      if (!outputs.contains(tensor)) {
        crashes.add("no output " + tensor);
      }
      return numbers.of(given, tensor);
    }

    @Override
    public void close() {
      graphs.check();
      graphs.passes.decrementAndGet();
    }
  }
}
