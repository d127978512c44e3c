package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A step of a tokenizer.json, or another object of it: its fields by their type.
 *
 * <p>Who reads a step for its work calls {@link #end}: none of its fields may be left unread, as
 * one that we do not know may change ids.
 *
 * <p>Each method throws {@link IllegalArgumentException} for a field of another type.
 */
final class Step {
  private static final int SHOWN = 40;

  private final Map<String, Object> fields;
  private final String name;
  private final Set<String> read = new HashSet<>();

  private Step(Map<String, Object> fields, String name) {
    this.fields = fields;
    this.name = name;
  }

  /**
   * An object of the file.
   *
   * @param name its name for messages, such as {@code an added token}.
   */
  @SuppressWarnings("unchecked")
  static Step of(Object json, String name) {
    if (!(json instanceof Map)) {
      throw new IllegalArgumentException(
          name + " is " + Repr.of(json, SHOWN) + ", expected an object");
    }
    return new Step((Map<String, Object>) json, name);
  }

  /** A list of the file; {@code name} is for messages. */
  static List<?> list(Object json, String name) {
    if (!(json instanceof List)) {
      throw new IllegalArgumentException(
          name + " is " + Repr.of(json, SHOWN) + ", expected a list");
    }
    return (List<?>) json;
  }

  /** A step that names its type. */
  static Step typed(Object json, String name) {
    Step step = of(json, name);
    return new Step(step.fields, step.text("type")).reading("type");
  }

  private Step reading(String key) {
    read.add(key);
    return this;
  }

  /** The step's type, or its name where it has none. */
  String name() {
    return name;
  }

  boolean has(String key) {
    return fields.containsKey(key);
  }

  /** The value under a key; null where there is none. */
  Object value(String key) {
    read.add(key);
    return fields.get(key);
  }

  boolean flag(String key) {
    Object value = value(key);
    if (value instanceof Boolean) {
      return (Boolean) value;
    }
    throw wrong(key, value, "true or false");
  }

  /** The truth value under a key; where the key is absent, another. */
  boolean flag(String key, boolean other) {
    return has(key) ? flag(key) : other;
  }

  /** The truth value under a key; where the key is absent, or null, another. */
  boolean flagOrNull(String key, boolean other) {
    return value(key) == null ? other : flag(key);
  }

  String text(String key) {
    Object value = value(key);
    if (value instanceof String) {
      return (String) value;
    }
    throw wrong(key, value, "a text");
  }

  /** The text under a key; where there is none, or null, another. */
  String text(String key, String other) {
    return value(key) == null ? other : text(key);
  }

  /** The whole number from 0 under a key, which fits an int. */
  int number(String key) {
    return number(value(key), key);
  }

  /** A value as a whole number from 0 that fits an int; {@code key} is for the message. */
  int number(Object value, String key) {
    if (value instanceof Long && (Long) value >= 0 && (Long) value <= Integer.MAX_VALUE) {
      return ((Long) value).intValue();
    }
    throw wrong(key, value, "a whole number from 0 to " + Integer.MAX_VALUE);
  }

  List<?> list(String key) {
    Object value = value(key);
    if (value instanceof List) {
      return (List<?>) value;
    }
    throw wrong(key, value, "a list");
  }

  Map<?, ?> object(String key) {
    Object value = value(key);
    if (value instanceof Map) {
      return (Map<?, ?>) value;
    }
    throw wrong(key, value, "an object");
  }

  /** The object under a key as a step without a type. */
  Step part(String key) {
    return of(object(key), key);
  }

  /** Checks that no field was left unread. */
  void end() {
    for (Map.Entry<String, Object> each : fields.entrySet()) {
      if (!read.contains(each.getKey())) {
        throw new IllegalArgumentException(
            name + " has the field " + Repr.of(each.getKey(), SHOWN) + ", which is not known here");
      }
    }
  }

  /** The error for the value of a field. */
  IllegalArgumentException wrong(String key, Object value, String expected) {
    return new IllegalArgumentException(
        name + " has " + key + " " + Repr.of(value, SHOWN) + ", expected " + expected);
  }
}
