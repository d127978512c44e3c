package dev.litebert.tokenizer;

import dev.litebert.json.Repr;
import java.util.List;
import java.util.Map;

/**
 * Values of a tokenizer.json by their type.
 *
 * <p>Each method throws {@link IllegalArgumentException} for another type: the file is no
 * tokenizer.
 */
final class Shape {
  private static final int SHOWN = 40;

  private Shape() {}

  /** The value under a key, which must be there. */
  static Object value(Map<String, Object> body, String key) {
    if (!body.containsKey(key)) {
      throw new IllegalArgumentException(Repr.of(key));
    }
    return body.get(key);
  }

  /** The object under a key. */
  static Map<String, Object> object(Map<String, Object> body, String key) {
    return object(value(body, key), key);
  }

  /** The value as an object; {@code name} is for the message. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value, String name) {
    if (value instanceof Map) {
      return (Map<String, Object>) value;
    }
    throw wrong(name, value, "an object");
  }

  /** The list under a key. */
  static List<Object> list(Map<String, Object> body, String key) {
    return list(value(body, key), key);
  }

  /** The value as a list; {@code name} is for the message. */
  @SuppressWarnings("unchecked")
  static List<Object> list(Object value, String name) {
    if (value instanceof List) {
      return (List<Object>) value;
    }
    throw wrong(name, value, "a list");
  }

  /** The text under a key. */
  static String text(Map<String, Object> body, String key) {
    return text(value(body, key), key);
  }

  /** The value as a text; {@code name} is for the message. */
  static String text(Object value, String name) {
    if (value instanceof String) {
      return (String) value;
    }
    throw wrong(name, value, "a text");
  }

  /** The truth value under a key. */
  static boolean flag(Map<String, Object> body, String key) {
    Object value = value(body, key);
    if (value instanceof Boolean) {
      return (Boolean) value;
    }
    throw wrong(key, value, "true or false");
  }

  /** The whole number from 0 to 2³² − 1 under a key, as which the library reads ids. */
  static long unsigned(Map<String, Object> body, String key) {
    return unsigned(value(body, key), key);
  }

  /** The value as a whole number from 0 to 2³² − 1; {@code name} is for the message. */
  static long unsigned(Object value, String name) {
    if (value instanceof Long && (Long) value >= 0 && (Long) value < 1L << 32) {
      return (Long) value;
    }
    throw wrong(name, value, "a whole number from 0 to 4294967295");
  }

  private static IllegalArgumentException wrong(String name, Object value, String expected) {
    return new IllegalArgumentException(
        name + " is " + Repr.of(value, SHOWN) + ", expected " + expected);
  }
}
