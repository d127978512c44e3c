package dev.litebert.cli;

import dev.litebert.WarningListener;
import java.util.ArrayList;
import java.util.List;

/** The warnings that came while an artifact was opened; later ones the command words itself. */
final class Warnings implements WarningListener {
  private final List<String> sentences = new ArrayList<>();

  @Override
  public synchronized void warned(String sentence) {
    sentences.add(sentence);
  }

  /** The sentences so far, which are then gone. */
  synchronized List<String> taken() {
    List<String> taken = new ArrayList<>(sentences);
    sentences.clear();
    return taken;
  }
}
