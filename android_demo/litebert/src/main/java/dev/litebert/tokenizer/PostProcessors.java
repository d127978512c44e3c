package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The post-processors of a tokenizer.json, by their type, one after another.
 *
 * <p>Read: huggingface/tokenizers, src/processors/.
 */
final class PostProcessors {
  private static final int SHOWN = 40;

  private List<Part> single = Collections.singletonList(Part.text(0, 0));
  private List<Part> pair = Arrays.asList(Part.text(0, 0), Part.text(1, 1));
  private boolean isFramed;
  private final List<Trim> trims = new ArrayList<>();
  private final List<Map.Entry<String, Integer>> tokens = new ArrayList<>();

  List<Part> single() {
    return single;
  }

  List<Part> pair() {
    return pair;
  }

  /** The special tokens with their ids, those that no template uses included. */
  List<Map.Entry<String, Integer>> tokens() {
    return tokens;
  }

  List<Trim> trims() {
    return trims;
  }

  /** Adds the step that an object of the file describes. */
  void add(Object json) {
    Step step = Step.typed(json, "its post_processor");
    switch (step.name()) {
      case "TemplateProcessing":
        addTemplate(step);
        break;
      case "BertProcessing":
        addProcessing(step, 1);
        break;
      case "RobertaProcessing":
        trim(step);
        addProcessing(step, 0);
        break;
      case "ByteLevel":
        step.flag("use_regex", true); // of the pre-tokenizer of that name
        trim(step);
        break;
      case "Sequence":
        for (Object each : step.list("processors")) {
          add(each);
        }
        break;
      default:
        throw Unsupported.step(
            "post_processor",
            step.name(),
            "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing");
    }
    step.end();
  }

  private void trim(Step step) {
    if (isFramed) {
      throw new IllegalArgumentException(
          "its post_processor trims behind special tokens, which then count as text");
    }
    boolean addsSpace = step.flag("add_prefix_space");
    if (step.flag("trim_offsets")) {
      trims.add(new Trim(addsSpace));
    }
  }

  /** Sets the parts; two steps that do so would frame the special tokens of the first, too. */
  private void frame(List<Part> single, List<Part> pair) {
    if (isFramed) {
      throw new IllegalArgumentException(
          "its post_processor writes special tokens twice, expected once");
    }
    this.single = single;
    this.pair = pair;
    isFramed = true;
  }

  /** BERT's frame, or RoBERTa's, which has two separators between texts. */
  private void addProcessing(Step step, int secondType) {
    int cls = special(step, "cls");
    int sep = special(step, "sep");
    List<Part> one = Arrays.asList(Part.special(0, cls), Part.text(0, 0), Part.special(0, sep));
    List<Part> two = new ArrayList<>(one);
    if (secondType == 0) {
      two.add(Part.special(0, sep));
    }
    two.add(Part.text(secondType, 1));
    two.add(Part.special(secondType, sep));
    frame(one, two);
  }

  private int special(Step step, String key) {
    List<?> value = step.list(key);
    if (value.size() != 2) {
      throw step.wrong(key, value, "a token and its id");
    }
    return special(step, key, value.get(0), value.get(1));
  }

  private int special(Step step, String key, Object token, Object id) {
    if (!(token instanceof String)) {
      throw step.wrong(key, token, "a text");
    }
    int number = step.number(id, key);
    tokens.add(new AbstractMap.SimpleImmutableEntry<>((String) token, number));
    return number;
  }

  private void addTemplate(Step step) {
    Map<String, List<Integer>> ids = new HashMap<>();
    for (Map.Entry<?, ?> each : step.object("special_tokens").entrySet()) {
      ids.put((String) each.getKey(), specials(Step.of(each.getValue(), "a special token")));
    }
    frame(template(step, "single", ids), template(step, "pair", ids));
  }

  private List<Integer> specials(Step token) {
    token.text("id");
    List<?> names = token.list("tokens");
    List<?> ids = token.list("ids");
    token.end();
    if (names.size() != ids.size()) {
      throw new IllegalArgumentException("a special token has other ids than tokens");
    }
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      found.add(special(token, "ids", names.get(i), ids.get(i)));
    }
    return found;
  }

  private static List<Part> template(Step step, String key, Map<String, List<Integer>> ids) {
    List<Part> parts = new ArrayList<>();
    for (Object each : step.list(key)) {
      Step piece = Step.of(each, "a piece of its template " + key);
      if (piece.has("Sequence")) {
        Step text = Step.of(piece.value("Sequence"), "a text of its template " + key);
        parts.add(Part.text(text.number("type_id"), text(text)));
        text.end();
      } else {
        Step token = Step.of(piece.value("SpecialToken"), "a token of its template " + key);
        addSpecial(token.text("id"), token.number("type_id"), ids, parts);
        token.end();
      }
      piece.end();
    }
    return parts;
  }

  private static int text(Step step) {
    String id = step.text("id");
    if (!id.equals("A") && !id.equals("B")) {
      throw step.wrong("id", id, "A or B");
    }
    return id.equals("A") ? 0 : 1;
  }

  private static void addSpecial(
      String name, int typeId, Map<String, List<Integer>> ids, List<Part> parts) {
    if (!ids.containsKey(name)) {
      throw new IllegalArgumentException(
          "its template has the token " + Repr.of(name, SHOWN) + ", which special_tokens lacks");
    }
    for (int id : ids.get(name)) {
      parts.add(Part.special(typeId, id));
    }
  }
}
