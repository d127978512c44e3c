package dev.litebert;

import dev.litebert.engine.Feeds;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The stored logits of golden.json, for an engine that repeats them. */
final class Golden {
  private Golden() {}

  /** The logits of an artifact without exits, by the ids. */
  static Map<List<Integer>, float[]> logits(Path folder, String target) throws IOException {
    Map<List<Integer>, float[]> logits = new HashMap<>();
    byte[] content = Files.readAllBytes(folder.resolve("golden.json"));
    Map<?, ?> golden = (Map<?, ?>) StrictJson.parseFile("golden.json", content);
    for (Object each : (List<?>) golden.get(target)) {
      List<Integer> ids = new ArrayList<>();
      for (Object id : (List<?>) ((Map<?, ?>) each).get("input_ids")) {
        ids.add(((Long) id).intValue());
      }
      List<?> exits = (List<?>) ((Map<?, ?>) ((Map<?, ?>) each).get("outputs")).get("logits");
      List<?> row = (List<?>) exits.get(0);
      float[] numbers = new float[row.size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = ((Number) row.get(i)).floatValue();
      }
      logits.put(ids, numbers);
    }
    return logits;
  }

  /** The ids of some feeds. */
  static List<Integer> ids(Feeds feeds) {
    List<Integer> ids = new ArrayList<>();
    for (int id : feeds.ints("input_ids")) {
      ids.add(id);
    }
    return ids;
  }
}
