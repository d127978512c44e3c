package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.Map;

/**
 * Reads the number of ids that a model takes; mirrors {@code _vocabulary} of {@code artifact.py}.
 */
final class Vocabulary {
  private static final BigInteger MOST_IDS = BigInteger.ONE.shiftLeft(31); // graphs take int32

  private Vocabulary() {}

  /**
   * The number of rows of the word table, from 1 to 2³¹.
   *
   * @throws ArtifactException it is not; or the number before it was trimmed is given, but is none.
   */
  static long size(Map<String, Object> manifest) {
    Map<String, Object> body = Fields.object(manifest, "vocabulary");
    if (body.get("trimmed_from") != null) {
      Fields.positive(body, "trimmed_from");
    }
    BigInteger size = Fields.positive(body, "size");
    if (size.compareTo(MOST_IDS) > 0) {
      throw new ArtifactException(
          (Fields.MANIFEST
                  + ": the vocabulary's size is "
                  + Repr.of(size, 40)
                  + ", expected at most ")
              + (MOST_IDS + "; export the model again"));
    }
    return size.longValue();
  }
}
