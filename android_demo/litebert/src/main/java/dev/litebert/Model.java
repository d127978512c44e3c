package dev.litebert;

import dev.litebert.engine.Tensor;
import dev.litebert.exit.Promise;
import dev.litebert.exit.Rule;
import dev.litebert.exit.Setting;
import dev.litebert.graph.Target;
import dev.litebert.json.Repr;
import dev.litebert.network.GoldenReplay;
import dev.litebert.network.Runner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * An opened artifact that answers text; mirrors {@code model.py}.
 *
 * <p>Threads may share one. Any thread may close it at any time: answers that are on their way are
 * given, later calls throw an {@link InputException}.
 *
 * @param <A> the answers: {@link Prediction}, {@link Embedding}, or those of another task.
 */
public final class Model<A extends Answer> implements AutoCloseable {
  private final Runner runner;
  private final Class<A> answers;
  private final Setting setting;
  private final Promise promise;
  private final Question question;

  Model(
      Runner runner, Class<A> answers, Setting setting, Promise promise, WarningListener listener) {
    this.runner = runner;
    this.answers = answers;
    this.setting = setting;
    this.promise = promise;
    this.question = new Question(runner.artifact().inputs(), listener);
  }

  /**
   * The answer to a text.
   *
   * @throws InputException the text is null, or the model was closed.
   * @throws ArtifactException the artifact was replaced or changed since it was opened, or its
   *     graph gives other numbers than it should.
   */
  public A answer(String text) {
    return answer(Text.of(text), null);
  }

  /**
   * The answer to a pair of texts.
   *
   * @throws InputException a text is null, the model takes no pairs, or it was closed.
   */
  public A answer(String first, String second) {
    return answer(Text.pair(first, second), null);
  }

  /** The answer to a text, with its own setting; see {@link #answer(Text, Leave)}. */
  public A answer(String text, Leave leave) {
    return answer(Text.of(text), leave);
  }

  /** The answer to a text or pair; see {@link #answer(String)}. */
  public A answer(Text text) {
    return answer(text, null);
  }

  /**
   * The answer to a text or pair.
   *
   * @param leave when to leave early; null: as the loader said.
   * @throws InputException the text is null, the artifact has no exits or another rule, a value is
   *     out of range, or the model was closed.
   */
  public A answer(Text text, Leave leave) {
    Setting chosen = chosen(leave);
    return answers.cast(runner.answer(checked(text), chosen));
  }

  /** The answers to texts or pairs, in their order; see {@link #answer(String)}. */
  public List<A> answerAll(List<Text> texts) {
    return answerAll(texts, null);
  }

  /**
   * The answers to texts or pairs, in their order.
   *
   * @param leave as in {@link #answer(Text, Leave)}.
   * @return immutable.
   * @throws InputException as there; nothing is answered where a text is null.
   */
  public List<A> answerAll(List<Text> texts, Leave leave) {
    Setting chosen = chosen(leave);
    if (texts == null) {
      throw new InputException("texts is null, expected a list of texts or pairs");
    }
    List<Text> rows = new ArrayList<>(texts);
    for (int row = 0; row < rows.size(); row++) {
      checkRow(rows.get(row), row);
    }
    for (Text text : rows) {
      checked(text);
    }
    List<A> found = new ArrayList<>(rows.size());
    for (Answer each : runner.answers(rows, chosen)) {
      found.add(answers.cast(each));
    }
    return Collections.unmodifiableList(found);
  }

  /** The answers to texts or pairs, one after another; see {@link #stream(Iterator, Leave)}. */
  public Iterator<A> stream(Iterator<Text> texts) {
    return stream(texts, null);
  }

  /**
   * The answers to texts or pairs, one after another: each text is taken when its answer is asked
   * for.
   *
   * @param texts such as a file's lines.
   * @param leave as in {@link #answer(Text, Leave)}.
   * @return throws from {@code next()} as {@link #answer(Text, Leave)} does.
   */
  public Iterator<A> stream(Iterator<Text> texts, Leave leave) {
    if (texts == null) {
      throw new InputException("stream() got null, expected an iterator of texts");
    }
    return new Answers(texts, chosen(leave));
  }

  /**
   * The network's outputs for a text or pair at every exit, full depth last.
   *
   * @return [exits][numbers]: for sequence classification the logits, float32.
   * @throws InputException as in {@link #answer(String)}.
   */
  public float[][] allExits(Text text) {
    Encoding encoding = tokenize(text);
    String name = runner.artifact().task().outputs().get(0).name();
    List<Map<String, Tensor>> exits = runner.allExits(encoding.inputIds(), encoding.tokenTypeIds());
    float[][] found = new float[exits.size()][];
    for (int exit = 0; exit < found.length; exit++) {
      found[exit] = exits.get(exit).get(name).floats().clone();
    }
    return found;
  }

  /**
   * The token ids of a text or pair, as the model reads them.
   *
   * @throws InputException it is null, or a pair that the model does not take.
   */
  public Encoding tokenize(Text text) {
    return runner.tokenize(checkedInput(text));
  }

  /**
   * The golden cases of the artifact, which were stored at its export, run again here: a test of
   * the engine on this very device, in well under a second.
   *
   * @throws ArtifactException the golden cases cannot be read.
   * @throws InputException the model was closed.
   */
  public Replay replayGolden() {
    return GoldenReplay.run(runner);
  }

  /** The label of each output, in order; empty where a task has none. */
  public List<String> labels() {
    return runner.artifact().task().labels();
  }

  /** The longest input, special tokens included; text beyond it is cut. */
  public int maxTokens() {
    return runner.artifact().maxTokens();
  }

  /** The name of the engine in use. */
  public String backend() {
    return runner.backend();
  }

  /** The graphs in use. */
  public Target target() {
    return runner.target();
  }

  /** The name of the rule by which exits answer; null without exits. */
  public String exitRule() {
    Rule rule = runner.artifact().exitRule();
    return rule == null ? null : rule.name();
  }

  /** The layers, counted from 0, behind which an answer may be given; empty without exits. */
  public List<Integer> exitLayers() {
    return runner.exitLayers();
  }

  /**
   * The inputs it was made for, {@code text} or {@code pair}; null where the manifest names none.
   */
  public String inputs() {
    return runner.artifact().inputs();
  }

  /** The setting by which texts leave early, unless a call gives another; null for full depth. */
  public Setting setting() {
    return setting;
  }

  /**
   * The reason for {@link #setting}, where a limit on changed answers or accuracy was given; else
   * null.
   */
  public Promise promise() {
    return promise;
  }

  /** The artifact's digest (hex); {@link Loader#digest} takes it to open it faster next time. */
  public String digest() {
    return runner.artifact().digest();
  }

  /**
   * Frees the engine's memory as soon as the answers that are on their way are given; the model
   * cannot answer any more. Never waits, and does nothing the second time.
   */
  @Override
  public void close() {
    runner.close();
  }

  @Override
  public String toString() {
    Target target = runner.target();
    String recipe = target.recipe().equals("none") ? "float32" : target.recipe();
    List<String> facts = new ArrayList<>();
    facts.add(Repr.of(runner.artifact().name()));
    facts.add(target.name() + " " + recipe + " " + target.layout());
    facts.add(backend());
    if (!labels().isEmpty()) {
      facts.add("labels=" + Shown.shortened(labels()));
    }
    if (setting != null) {
      facts.add(setting.toString());
    }
    if (runner.isClosed()) {
      facts.add("closed");
    }
    return "Model(" + String.join(", ", facts) + ")";
  }

  private Setting chosen(Leave leave) {
    return leave == null ? setting : leave.setting(runner);
  }

  private Text checked(Text text) {
    question.ask(checkedInput(text));
    return text;
  }

  private static Text checkedInput(Text text) {
    if (text == null) {
      throw new InputException("input is null; expected a Text");
    }
    return text;
  }

  private static void checkRow(Text text, int row) {
    if (text == null) {
      throw new InputException(
          ("row " + row + " (counted from 0) of the input is null; expected a Text; leave out the")
              + " rows that are missing, or give Text.of(\"\")");
    }
  }

  /** The answers of a stream. */
  private final class Answers implements Iterator<A> {
    private final Iterator<Text> texts;
    private final Setting chosen;
    private int row;

    Answers(Iterator<Text> texts, Setting chosen) {
      this.texts = texts;
      this.chosen = chosen;
    }

    @Override
    public boolean hasNext() {
      return texts.hasNext();
    }

    @Override
    public A next() {
      Text text = texts.next();
      checkRow(text, row++);
      return answers.cast(runner.answer(checked(text), chosen));
    }

    @Override
    public void remove() {
      throw new UnsupportedOperationException("remove");
    }
  }
}
