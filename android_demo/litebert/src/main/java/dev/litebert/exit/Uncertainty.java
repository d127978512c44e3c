package dev.litebert.exit;

/** The uncertainty of an answer; mirrors {@code uncertainty} of {@code exit_rules.py}. */
public final class Uncertainty {
  private Uncertainty() {}

  /**
   * U = H(softmax(logits)) / ln(classes), 0 (sure) to 1 (exactly uniform); 0 for a single class.
   *
   * <p>Liu et al. 2020, equation 9, in double precision. 0 · ln 0 counts as 0.
   */
  public static double of(float[] logits) {
    if (logits.length == 1) {
      return 0;
    }
    float top = logits[0];
    for (float logit : logits) {
      top = logit > top ? logit : top;
    }
    double total = 0;
    double weighted = 0;
    for (float logit : logits) {
      double shifted = (double) logit - top;
      double weight = Math.exp(shifted);
      total += weight;
      weighted += weight * shifted;
    }
    double share = (Math.log(total) - weighted / total) / Math.log(logits.length);
    return share < 1 ? share : 1; // of NaN, too
  }
}
