package dev.litebert;

/**
 * Hears what Python would warn of; set by {@link Loader#onWarning}. Without one, nothing is said.
 *
 * <p>No sentence holds a text that a user typed.
 */
public interface WarningListener {
  /**
   * Called from the thread that loads or answers.
   *
   * @param sentence what was found and what to do: more threads were asked for than there are
   *     cores; no promise can be kept; or, once for each model, a model that was made for single
   *     texts got a pair, or the other way round.
   */
  void warned(String sentence);
}
