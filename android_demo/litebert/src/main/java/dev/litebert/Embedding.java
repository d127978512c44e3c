package dev.litebert;

import dev.litebert.json.Numbers;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer of an encoder to one text; mirrors {@code Embedding} of {@code tasks/embeddings.py}.
 *
 * <p>Embeddings are immutable, and equal by value.
 */
public final class Embedding implements Answer {
  private final float[] vector;
  private final int tokens;
  private final boolean truncated;

  /** An embedding; the array is not copied: the caller gives it away. */
  public Embedding(float[] vector, int tokens, boolean truncated) {
    this.vector = vector;
    this.tokens = tokens;
    this.truncated = truncated;
  }

  /** The numbers, as many as the model has; of length 1 where the model normalizes. A copy. */
  public float[] vector() {
    return vector.clone();
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public boolean truncated() {
    return truncated;
  }

  /** Null: encoders have no early exits. */
  @Override
  public Integer exitLayer() {
    return null;
  }

  /** The vector in a line, with spaces between its numbers. */
  @Override
  public String line() {
    StringBuilder line = new StringBuilder();
    for (float number : vector) {
      line.append(line.length() == 0 ? "" : " ").append(Numbers.general(number, 6));
    }
    return line.toString();
  }

  @Override
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("vector", Shown.numbers(vector));
    fields.put("tokens", tokens);
    fields.put("truncated", truncated);
    return Collections.unmodifiableMap(fields);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Embedding
        && tokens == ((Embedding) other).tokens
        && truncated == ((Embedding) other).truncated
        && Arrays.equals(vector, ((Embedding) other).vector);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(vector) + tokens;
  }

  /** Its first numbers: {@code Embedding(vector=(0.0214, -0.1370, ... 384 in all), tokens=9)}. */
  @Override
  public String toString() {
    StringBuilder shown = new StringBuilder("Embedding(vector=(");
    for (int i = 0; i < Math.min(2, vector.length); i++) {
      shown.append(i == 0 ? "" : ", ").append(Numbers.fixed(vector[i], 4));
    }
    if (vector.length > 2) {
      shown.append(", ... ").append(vector.length).append(" in all");
    }
    shown.append("), tokens=").append(tokens);
    return shown.append(truncated ? ", truncated=true)" : ")").toString();
  }
}
