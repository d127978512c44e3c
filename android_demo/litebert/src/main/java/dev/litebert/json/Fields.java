package dev.litebert.json;

import dev.litebert.ArtifactException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Fields of a manifest with their types; mirrors {@code fields.py}.
 *
 * <p>Each method gives the value under a key, and throws {@link ArtifactException} for a value of
 * another type.
 */
public final class Fields {
  public static final String MANIFEST = "manifest.json";

  private static final double MOST = 0x1p63; // of numbers in a manifest
  private static final int SHOWN = 80;

  private Fields() {}

  /** The string under a key, which can be written as UTF-8. */
  public static String text(Map<String, ?> body, String key) {
    Object value = body.get(key);
    if (value instanceof String && isText((String) value)) {
      return (String) value;
    }
    throw wrong(key, value, "str");
  }

  /** The whole number under a key. */
  public static BigInteger integer(Map<String, ?> body, String key) {
    BigInteger value = integerOrNull(body.get(key));
    if (value == null) {
      throw wrong(key, body.get(key), "int");
    }
    return value;
  }

  /** The whole number from 1 under a key. */
  public static BigInteger positive(Map<String, ?> body, String key) {
    BigInteger value = integer(body, key);
    if (value.signum() < 1) {
      throw wrong(key, value, "1 or more");
    }
    return value;
  }

  /** The list under a key. */
  @SuppressWarnings("unchecked")
  public static List<Object> list(Map<String, ?> body, String key) {
    Object value = body.get(key);
    if (value instanceof List) {
      return (List<Object>) value;
    }
    throw wrong(key, value, "list");
  }

  /** The object under a key. */
  public static Map<String, Object> object(Map<String, ?> body, String key) {
    Map<String, Object> value = objectOrNull(body.get(key));
    if (value == null) {
      throw wrong(key, body.get(key), "dict");
    }
    return value;
  }

  /** The truth value under a key. */
  public static boolean flag(Map<String, ?> body, String key) {
    Object value = body.get(key);
    if (value instanceof Boolean) {
      return (Boolean) value;
    }
    throw wrong(key, value, "true or false");
  }

  /** The number under a key, which JSON may write as 1 or 1.0. */
  public static double number(Map<String, ?> body, String key) {
    Object value = body.get(key);
    boolean fits = value instanceof Long && !value.equals(Long.MIN_VALUE);
    if (fits || (value instanceof Double && Math.abs((Double) value) < MOST)) {
      return ((Number) value).doubleValue();
    }
    throw wrong(key, value, "a number");
  }

  /** The string under a key, one of the choices. */
  public static String choice(Map<String, ?> body, String key, List<String> choices) {
    Object value = body.get(key);
    if (value instanceof String && choices.contains(value)) {
      return (String) value;
    }
    throw wrong(key, value, "one of " + String.join(", ", choices));
  }

  /** The strings listed under a key. */
  public static List<String> strings(Map<String, ?> body, String key) {
    List<String> texts = new ArrayList<>();
    for (Object value : list(body, key)) {
      if (!(value instanceof String && isText((String) value))) {
        throw new ArtifactException(
            MANIFEST + ": " + key + " holds something other than strings; export the model again");
      }
      texts.add((String) value);
    }
    return texts;
  }

  /** A JSON value as a whole number; null where it is none. */
  public static BigInteger integerOrNull(Object value) {
    if (value instanceof BigInteger) {
      return (BigInteger) value;
    }
    return value instanceof Long ? BigInteger.valueOf((Long) value) : null;
  }

  /** A JSON value as an object; null where it is none. */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> objectOrNull(Object value) {
    return value instanceof Map ? (Map<String, Object>) value : null;
  }

  /** Whether a string can be written as UTF-8: paths and JSON can hold halves of characters. */
  public static boolean isText(String value) {
    for (int at = 0; at < value.length(); ) {
      int point = value.codePointAt(at);
      if (point == 0 || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
        return false;
      }
      at += Character.charCount(point);
    }
    return true;
  }

  /** Whether a string is a plain relative path, which leads nowhere but into its folder. */
  public static boolean isPath(String value) {
    boolean starts = true;
    for (int at = 0; at < value.length(); at++) {
      char each = value.charAt(at);
      boolean plain = isPlain(each);
      if (starts ? !plain : !(plain || each == '.' || each == '-' || each == '/')) {
        return false;
      }
      starts = each == '/';
    }
    return !starts;
  }

  private static boolean isPlain(char each) {
    return (each >= 'a' && each <= 'z')
        || (each >= 'A' && each <= 'Z')
        || (each >= '0' && each <= '9')
        || each == '_';
  }

  /** The error for the value of a field of the manifest. */
  public static ArtifactException wrong(String key, Object value, String expected) {
    return new ArtifactException(
        MANIFEST
            + (": " + key + " is " + Repr.of(value, SHOWN) + ", expected " + expected)
            + "; export the model again");
  }
}
