package dev.litebert;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Questions, once for each model, whether a pair was meant for a model of single texts, or the
 * other way round; mirrors {@code question} of {@code inputs.py}.
 */
final class Question {
  private static final String TEXT = "text";

  private final String made; // what the model was made for; null where nobody said
  private final WarningListener listener;
  private final AtomicBoolean asked = new AtomicBoolean();

  Question(String made, WarningListener listener) {
    this.made = made;
    this.listener = listener;
  }

  void ask(Text text) {
    if (listener == null || made == null || text.isPair() != made.equals(TEXT)) {
      return;
    }
    if (asked.compareAndSet(false, true)) {
      listener.warned(
          text.isPair()
              ? "a pair was given to a model that takes single texts, as its manifest says; for two"
                  + " texts give answerAll a list"
              : "a single text was given to a model that takes pairs, as its manifest says; give"
                  + " Text.pair(first, second)");
    }
  }
}
