package dev.litebert.cli;

import dev.litebert.WarningListener;
import java.util.ArrayList;
import java.util.List;

/** The warnings that came while an artifact was opened; later ones the command words itself. */
final class Warnings implements WarningListener {
  private final List<String> sentences = new ArrayList<>();

  @Override
  public void warned(String sentence) {
    sentences.add(sentence);
  }

  /** The sentences so far. */
  List<String> sentences() {
    return sentences;
  }
}
