package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The single steps of a step that may be a sequence; mirrors {@code steps_of} of {@code growth.py}.
 */
final class Steps {
  static final String NORMALIZERS = "normalizers";
  static final String PRE_TOKENIZERS = "pretokenizers";
  static final String PROCESSORS = "processors";

  private static final Map<String, List<String>> OWNERS = owners();

  private Steps() {}

  /** The library takes a step of an unknown type for any type that has the same keys. */
  private static Map<String, List<String>> owners() {
    Map<String, List<String>> owners = new LinkedHashMap<>();
    owners.put("cls", Arrays.asList("BertProcessing", "RobertaProcessing"));
    owners.put("content", Collections.singletonList("Replace"));
    owners.put(NORMALIZERS, Collections.singletonList("Sequence"));
    owners.put("pattern", Arrays.asList("Replace", "Split"));
    owners.put("precompiled_charsmap", Collections.singletonList("Precompiled"));
    owners.put("prepend", Collections.singletonList("Prepend"));
    owners.put(PRE_TOKENIZERS, Collections.singletonList("Sequence"));
    owners.put(PROCESSORS, Collections.singletonList("Sequence"));
    owners.put("single", Collections.singletonList("TemplateProcessing"));
    return Collections.unmodifiableMap(owners);
  }

  /**
   * The single steps, in order; none for null.
   *
   * @param step the step.
   * @param inner the key under which a sequence of this kind holds its steps.
   * @throws IllegalArgumentException a step is no object, names no type, or has keys of another
   *     type.
   */
  static List<Step> of(Object step, String inner) {
    List<Step> found = new ArrayList<>();
    collect(step, inner, found);
    return Collections.unmodifiableList(found);
  }

  private static void collect(Object json, String inner, List<Step> found) {
    if (json == null) {
      return;
    }
    Step step = Step.typed(json, "a step");
    String kind = step.name();
    for (Map.Entry<String, List<String>> each : OWNERS.entrySet()) {
      if (step.has(each.getKey()) && !each.getValue().contains(kind)) {
        throw new IllegalArgumentException(
            "a step of the type "
                + Repr.of(kind, 40)
                + " with "
                + each.getKey()
                + ", which it does not have");
      }
    }
    if (kind.equals("Sequence")) {
      for (Object part : step.list(inner)) {
        collect(part, inner, found);
      }
    } else {
      found.add(step);
    }
  }
}
