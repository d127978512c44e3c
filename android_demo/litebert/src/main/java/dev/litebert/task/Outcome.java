package dev.litebert.task;

import dev.litebert.Encoding;
import dev.litebert.Text;
import dev.litebert.engine.Tensor;
import java.util.Map;

/** The network's outputs for one text; mirrors {@code outputs.py}. */
public final class Outcome {
  private final Text text;
  private final Encoding encoding;
  private final Map<String, Tensor> outputs;
  private final Integer exitLayer;

  public Outcome(Text text, Encoding encoding, Map<String, Tensor> outputs, Integer exitLayer) {
    this.text = text;
    this.encoding = encoding;
    this.outputs = outputs;
    this.exitLayer = exitLayer;
  }

  /** The text or pair. */
  public Text text() {
    return text;
  }

  /** Its tokens. */
  public Encoding encoding() {
    return encoding;
  }

  /** The tensors of the exit that answered, by output; without padding. */
  public Map<String, Tensor> outputs() {
    return outputs;
  }

  /** The layer behind which it answered; null for a student without exits. */
  public Integer exitLayer() {
    return exitLayer;
  }
}
