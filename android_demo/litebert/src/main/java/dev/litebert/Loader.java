package dev.litebert;

import dev.litebert.artifact.Artifact;
import dev.litebert.engine.Engine;
import dev.litebert.exit.Promise;
import dev.litebert.exit.Setting;
import dev.litebert.network.Engines;
import dev.litebert.network.ExitLimits;
import dev.litebert.network.Runner;
import dev.litebert.task.Task;
import java.nio.file.Path;

/**
 * Options for opening an artifact; mirrors the arguments of {@code litebert.load}.
 *
 * <p>A student with early exits answers at full depth unless one option says when to leave: {@link
 * #speed}, {@link #leave}, {@link #maxChangedPercent}, {@link #maxAccuracyDrop} or {@link
 * #latencyBudgetMs}. A loader may open several artifacts; threads do not share one.
 */
public final class Loader {
  private String backend = Engines.AUTO;
  private Engine engine;
  private int threads = 1;
  private Leave speed;
  private Leave leave;
  private Double maxChangedPercent;
  private Double maxAccuracyDrop;
  private Double latencyBudgetMs;
  private boolean preload;
  private String digest;
  private WarningListener listener;

  Loader() {}

  /**
   * The engine by its name: {@code tflite}, {@code onnxruntime} or {@code interpreter}; {@code
   * auto}, the default, takes the first of these on the class path that runs a graph of the
   * artifact. With an option that needs a calibration it prefers graphs that were calibrated.
   */
  public Loader backend(String backend) {
    this.backend = backend;
    this.engine = null;
    return this;
  }

  /** The engine itself, such as {@code new TfLiteEngine()}; no class path is searched then. */
  public Loader engine(Engine engine) {
    this.engine = engine;
    return this;
  }

  /** Threads that the engine may use for one answer; at most as many as there are cores. */
  public Loader threads(int threads) {
    this.threads = threads;
    return this;
  }

  /**
   * Leave at the first exit whose uncertainty is below the speed: 0 runs all layers, 1 leaves at
   * the first exit.
   *
   * @param values one number from 0 to 1, or one per early exit.
   */
  public Loader speed(double... values) {
    this.speed = Leave.speed(values);
    return this;
  }

  /** Leave by the parameters of the artifact's exit rule; null: at full depth. */
  public Loader leave(Leave leave) {
    this.leave = leave;
    return this;
  }

  /**
   * At most so many percent of the answers to new text differ from full depth's, with 95 %
   * confidence. The fastest such setting of the calibration is taken; {@code
   * model.promise().reason()} says which and why. Where nothing earlier can be promised, full depth
   * is taken, and a {@link WarningListener} hears of it.
   */
  public Loader maxChangedPercent(double percent) {
    this.maxChangedPercent = percent;
    return this;
  }

  /**
   * The same for the points of accuracy that are lost against full depth (0.5: half a point).
   * Without labels in the calibration, changed answers are counted, which are never fewer.
   */
  public Loader maxAccuracyDrop(double points) {
    this.maxAccuracyDrop = points;
    return this;
  }

  /**
   * The mean answer takes at most so long on this machine. A trial of a few seconds at most finds
   * the settings for which that is expected, and the one with the best figures in the calibration
   * is taken. No accuracy is promised.
   */
  public Loader latencyBudgetMs(double milliseconds) {
    this.latencyBudgetMs = milliseconds;
    return this;
  }

  /** Whether every segment is opened now, for steady latency, instead of when it is needed. */
  public Loader preload(boolean preload) {
    this.preload = preload;
    return this;
  }

  /**
   * {@code model.digest()} of an earlier load of this very folder. Give it only where your app
   * itself put the files and no one else can write. The hashes of the graphs are then taken as
   * checked, which saves time. Without it every file is read and hashed.
   */
  public Loader digest(String digest) {
    this.digest = digest;
    return this;
  }

  /** Hears what Python would warn of; null, the default: nobody. */
  public Loader onWarning(WarningListener listener) {
    this.listener = listener;
    return this;
  }

  /**
   * Opens an artifact that classifies.
   *
   * @throws InputException no artifact there, one of another task, an unknown backend, a wrong
   *     value, or no calibration to choose from.
   * @throws ArtifactException the artifact is damaged or was changed.
   * @throws UnsupportedFormatException a newer LiteBERT wrote it.
   * @throws MissingEngineException no engine that runs it is on the class path, or its native
   *     library cannot be loaded.
   */
  public Model<Prediction> load(Path folder) {
    return load(folder, Prediction.class);
  }

  /**
   * Opens an artifact of any task; see {@link #load(Path)}.
   *
   * @param answers the class of its answers: {@code Embedding.class} for an encoder, {@code
   *     Answer.class} for any artifact.
   */
  public <A extends Answer> Model<A> load(Path folder, Class<A> answers) {
    Leave wished = Leave.both(speed, leave);
    int given = 0;
    for (Object each : new Object[] {wished, maxChangedPercent, maxAccuracyDrop, latencyBudgetMs}) {
      given += each == null ? 0 : 1;
    }
    if (given > 1) {
      throw new InputException(
          "exit settings, maxChangedPercent, maxAccuracyDrop and latencyBudgetMs exclude one"
              + " another; give one");
    }
    int usable = usableThreads();
    Artifact artifact = Artifact.open(folder, digest);
    checkAnswers(artifact, answers);
    boolean calibrated = given == 1 && wished == null;
    Engines.Chosen chosen =
        engine == null
            ? Engines.onClassPath().choose(backend, artifact, calibrated, usable)
            : Engines.open(engine, artifact, usable);
    Runner runner = Runner.open(artifact, chosen, preload);
    try {
      return model(runner, answers, wished);
    } catch (RuntimeException | Error error) {
      runner.close();
      throw error;
    }
  }

  private <A extends Answer> Model<A> model(Runner runner, Class<A> answers, Leave wished) {
    if (latencyBudgetMs != null) {
      Setting setting = ExitLimits.withinLatency(runner, latencyBudgetMs);
      return new Model<>(runner, answers, setting, null, listener);
    }
    if (maxChangedPercent == null && maxAccuracyDrop == null) {
      Setting setting = wished == null ? null : wished.setting(runner);
      return new Model<>(runner, answers, setting, null, listener);
    }
    Promise promise =
        maxChangedPercent != null
            ? ExitLimits.ofChanged(runner, maxChangedPercent)
            : ExitLimits.ofAccuracy(runner, maxAccuracyDrop);
    if (promise.setting() == null) {
      warn(promise.line());
    }
    return new Model<>(runner, answers, promise.setting(), promise, listener);
  }

  /** The number of threads that an engine gets; mirrors {@code usable_threads} of machine.py. */
  private int usableThreads() {
    if (threads < 1) {
      throw new InputException("threads is " + threads + "; expected a whole number from 1");
    }
    int cores = Runtime.getRuntime().availableProcessors();
    if (threads <= cores) {
      return threads;
    }
    warn( // more are far slower: engines' threads wait in a loop for each other
        ("threads is " + threads + ", but this process may use " + cores)
            + (" cores at once; the engine gets " + cores));
    return cores;
  }

  private static void checkAnswers(Artifact artifact, Class<? extends Answer> answers) {
    if (answers == null) {
      throw new InputException("the class of the answers is null, expected Answer.class");
    }
    Task<?> task = artifact.task();
    if (!answers.isAssignableFrom(task.answers())) {
      throw new InputException(
          ("the task of this artifact is " + task.name() + ", which answers with ")
              + (task.answersName() + "; give load(folder, " + task.answersName() + ".class)"));
    }
  }

  private void warn(String sentence) {
    if (listener != null) {
      listener.warned(sentence);
    }
  }
}
