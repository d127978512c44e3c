package dev.litebert.task;

import dev.litebert.ArtifactException;
import dev.litebert.graph.Output;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads the facts of embeddings; mirrors {@code parse} of {@code tasks/embeddings.py}. */
final class EmbeddingsParser implements TaskParser {
  @Override
  public String name() {
    return Embeddings.NAME;
  }

  @Override
  public Task<?> parse(Map<String, ?> facts, List<Output> outputs) {
    int[] axes =
        outputs.size() == 1 && outputs.get(0).name().equals(Embeddings.VECTOR)
            ? outputs.get(0).axes()
            : new int[0];
    if (axes.length != 1 || axes[0] == Output.TOKENS) {
      List<String> found = new ArrayList<>();
      for (Output each : outputs) {
        List<Object> parts = Shown.output(each);
        String shown = Shown.tuple(parts.subList(1, parts.size()));
        found.add("Output(name=" + Repr.of(each.name()) + ", axes=" + shown + ")");
      }
      String shown = "(" + String.join(", ", found) + (found.size() == 1 ? ",)" : ")");
      throw new ArtifactException(
          (Fields.MANIFEST + ": outputs are " + Repr.cut(shown, 80) + ", expected one ")
              + (Embeddings.VECTOR + " [batch, size]; export the model again"));
    }
    Fields.choice(facts, "pooling", Arrays.asList("cls", "mean", "max"));
    Fields.flag(facts, "normalized");
    Fields.choice(facts, "similarity", Arrays.asList("cosine", "dot"));
    return new Embeddings(axes[0]);
  }
}
