package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.math.BigInteger;
import java.util.Map;

/** The number of ids that a model takes; mirrors {@code Vocabulary} of {@code artifact.py}. */
public final class Vocabulary {
  private static final BigInteger MOST_IDS = BigInteger.ONE.shiftLeft(31); // graphs take int32

  private final long size;
  private final BigInteger trimmedFrom;

  private Vocabulary(long size, BigInteger trimmedFrom) {
    this.size = size;
    this.trimmedFrom = trimmedFrom;
  }

  static Vocabulary parse(Map<String, Object> manifest) {
    Map<String, Object> body = Fields.object(manifest, "vocabulary");
    boolean trimmed = body.get("trimmed_from") != null;
    BigInteger trimmedFrom = trimmed ? Fields.positive(body, "trimmed_from") : null;
    BigInteger size = Fields.positive(body, "size");
    if (size.compareTo(MOST_IDS) > 0) {
      throw new ArtifactException(
          (Fields.MANIFEST
                  + ": the vocabulary's size is "
                  + Repr.of(size, 40)
                  + ", expected at most ")
              + (MOST_IDS + "; export the model again"));
    }
    return new Vocabulary(size.longValue(), trimmedFrom);
  }

  /** The number of rows of its word table: from 1 to 2³¹. */
  public long size() {
    return size;
  }

  /** The number before it was trimmed; null where it was not. */
  public BigInteger trimmedFrom() {
    return trimmedFrom;
  }
}
