package dev.litebert.artifact;

import dev.litebert.ArtifactException;
import java.util.List;
import java.util.Map;

/**
 * Golden cases: outputs and answers that were stored at the export, and that any reader must
 * repeat; mirrors {@code golden.py}.
 */
public final class Golden {
  static final String FILE = "golden.json";

  private static final double SHARE = 1e-6; // the tolerance of a decoded number
  private static final double LEAST = 1e-9;

  private Golden() {}

  /** The error for golden cases that are not as ARTIFACT.md specifies them. */
  public static ArtifactException notAsSpecified(Artifact artifact) {
    return new ArtifactException(
        artifact.path().resolve(FILE) + ": not as specified; export the model again");
  }

  /**
   * Whether two decoded answers are equal, except for the last digits of their numbers.
   *
   * @param found JSON values, as {@link dev.litebert.json.StrictJson#parse} gives them.
   * @param stored likewise.
   */
  public static boolean same(Object found, Object stored) {
    if (found instanceof Map && stored instanceof Map) {
      return isSameMap((Map<?, ?>) found, (Map<?, ?>) stored);
    }
    if (found instanceof List && stored instanceof List) {
      return isSameList((List<?>) found, (List<?>) stored);
    }
    if (found instanceof Number && stored instanceof Number) {
      return isClose(((Number) found).doubleValue(), ((Number) stored).doubleValue());
    }
    return found == null ? stored == null : found.equals(stored);
  }

  private static boolean isSameMap(Map<?, ?> found, Map<?, ?> stored) {
    if (!found.keySet().equals(stored.keySet())) {
      return false;
    }
    for (Map.Entry<?, ?> each : found.entrySet()) {
      if (!same(each.getValue(), stored.get(each.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSameList(List<?> found, List<?> stored) {
    boolean alike = found.size() == stored.size();
    for (int i = 0; alike && i < found.size(); i++) {
      alike = same(found.get(i), stored.get(i));
    }
    return alike;
  }

  /** As Python's {@code math.isclose}. */
  private static boolean isClose(double found, double stored) {
    double difference = Math.abs(found - stored);
    double size = Math.max(Math.abs(found), Math.abs(stored));
    return found == stored || difference <= SHARE * size || difference <= LEAST;
  }
}
