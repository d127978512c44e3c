package dev.litebert.tokenizer;

import dev.litebert.ArtifactException;
import dev.litebert.json.Fields;
import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * The normalizers of a tokenizer.json, by their type.
 *
 * <p>An {@link ArtifactException} says what was found and what was expected; its caller adds the
 * file and the cure.
 */
final class Normalizers {
  private static final String TYPES =
      "BertNormalizer, NFC, NFD, NFKC, NFKD, StripAccents, Lowercase, Replace, Precompiled, Strip,"
          + " Sequence";
  private static final String SPACES = " {2,}";
  private static final int SHOWN = 40;

  private Normalizers() {}

  /**
   * The normalizer that the field {@code normalizer} of a tokenizer.json describes; null is one
   * that changes nothing.
   *
   * @throws ArtifactException we do not have it, or a field of it is not what it should be.
   */
  static Normalizer parse(Object json) {
    if (json == null) {
      return new Sequence(new ArrayList<Normalizer>());
    }
    Map<String, Object> body = Fields.objectOrNull(json);
    Object type = body == null ? json : body.get("type");
    switch (body != null && type instanceof String ? (String) type : "") {
      case "BertNormalizer":
        return bertNormalizer(body);
      case "NFC":
        return new Composition(Decomposition.nfd());
      case "NFD":
        return Decomposition.nfd();
      case "NFKC":
        return new Composition(Decomposition.nfkd());
      case "NFKD":
        return Decomposition.nfkd();
      case "StripAccents":
        return new DropMarks(CharTables.combiningMark());
      case "Lowercase":
        return new Lowercase();
      case "Replace":
        return replace(body);
      case "Precompiled":
        return new Precompiled(charsmap(body));
      case "Strip":
        return new Strip(flag(body, "strip_left"), flag(body, "strip_right"));
      case "Sequence":
        return sequence(body);
      default:
        throw wrong("is", type, TYPES);
    }
  }

  private static Normalizer bertNormalizer(Map<String, Object> body) {
    boolean lowercase = flag(body, "lowercase");
    boolean stripAccents =
        body.get("strip_accents") == null ? lowercase : flag(body, "strip_accents");
    return new BertNormalizer(
        flag(body, "clean_text"), flag(body, "handle_chinese_chars"), stripAccents, lowercase);
  }

  private static Normalizer replace(Map<String, Object> body) {
    Map<String, Object> pattern = Fields.objectOrNull(body.get("pattern"));
    String content = text(body, "content");
    if (pattern != null && pattern.size() == 1) {
      if (SPACES.equals(pattern.get("Regex"))) {
        return Replace.spaces(content);
      }
      Object found = pattern.get("String");
      if (found instanceof String && !((String) found).isEmpty()) {
        return Replace.text((String) found, content);
      }
    }
    throw wrong(
        "Replace has the pattern",
        body.get("pattern"),
        "a String that is not empty, or the Regex " + Repr.of(SPACES));
  }

  private static byte[] charsmap(Map<String, Object> body) {
    String text = text(body, "precompiled_charsmap");
    try {
      byte[] content = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(content).equals(text)) {
        return content;
      }
    } catch (IllegalArgumentException error) {
      throw new ArtifactException(Precompiled.DAMAGED, error);
    }
    throw new ArtifactException(Precompiled.DAMAGED);
  }

  private static Normalizer sequence(Map<String, Object> body) {
    Object steps = body.get("normalizers");
    if (!(steps instanceof List)) {
      throw wrong("Sequence has normalizers", steps, "a list");
    }
    List<Normalizer> normalizers = new ArrayList<>();
    for (Object step : (List<?>) steps) {
      if (step == null) {
        throw wrong("is", null, TYPES);
      }
      normalizers.add(parse(step));
    }
    return new Sequence(normalizers);
  }

  private static boolean flag(Map<String, Object> body, String key) {
    Object value = body.get(key);
    if (value instanceof Boolean) {
      return (Boolean) value;
    }
    throw wrong(body.get("type") + " has " + key, value, "true or false");
  }

  private static String text(Map<String, Object> body, String key) {
    Object value = body.get(key);
    if (value instanceof String) {
      return (String) value;
    }
    throw wrong(body.get("type") + " has " + key, value, "a string");
  }

  private static ArtifactException wrong(String what, Object value, String expected) {
    return new ArtifactException(
        "its normalizer " + what + " " + Repr.of(value, SHOWN) + ", expected " + expected);
  }
}
