package dev.litebert.tokenizer;

/** The limit of an encoding, and the end of a long text that is cut off. */
final class Truncation {
  final int maxTokens;
  final boolean keepsEnd;

  private Truncation(int maxTokens, boolean keepsEnd) {
    this.maxTokens = maxTokens;
    this.keepsEnd = keepsEnd;
  }

  /**
   * The field {@code truncation} of a tokenizer.json, sound by {@link FileCheck}.
   *
   * @throws IllegalArgumentException a field of it is not what it should be.
   */
  static Truncation parse(Object json) {
    Step step = Step.of(json, "truncation");
    step.value("strategy"); // see FileCheck
    step.value("stride");
    String direction = step.has("direction") ? step.text("direction") : "Right";
    if (!direction.equals("Right") && !direction.equals("Left")) {
      throw step.wrong("direction", direction, "Left or Right");
    }
    int most = step.number("max_length");
    step.end();
    return new Truncation(most, direction.equals("Left"));
  }
}
