package dev.litebert.task;

import dev.litebert.ArtifactException;
import dev.litebert.Embedding;
import dev.litebert.engine.Tensor;
import dev.litebert.graph.Output;
import dev.litebert.json.Repr;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A vector for each text; texts of similar meaning have vectors near each other; mirrors {@code
 * tasks/embeddings.py}.
 */
final class Embeddings implements Task<Embedding> {
  static final String NAME = "embeddings";
  static final String VECTOR = "vector";

  private final int size;

  /** The task of vectors with so many components. */
  Embeddings(int size) {
    this.size = size;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Class<Embedding> answers() {
    return Embedding.class;
  }

  @Override
  public String answersName() {
    return "Embedding";
  }

  /** The vector. */
  @Override
  public List<Output> outputs() {
    return Collections.singletonList(new Output(VECTOR, size));
  }

  /** Empty: a vector has no name. */
  @Override
  public List<String> labels() {
    return Collections.emptyList();
  }

  /** Null: no exit rule suits vectors. */
  @Override
  public String beliefs() {
    return null;
  }

  /** Empty: no exit rule suits vectors. */
  @Override
  public float[][] belief(Map<String, Tensor> outputs) {
    return new float[0][];
  }

  /**
   * The vector of a text.
   *
   * @throws ArtifactException a number in it is not finite.
   */
  @Override
  public Embedding answer(Outcome outcome) {
    float[] vector = outcome.outputs().get(VECTOR).floats();
    for (float number : vector) {
      if (Float.isNaN(number) || Float.isInfinite(number)) {
        String shown = Repr.of(Shown.numbers(vector), 80);
        throw new ArtifactException(
            "the graph gives the vector " + shown + "; export the model again");
      }
    }
    return new Embedding(vector, outcome.encoding().tokens(), outcome.encoding().truncated());
  }
}
