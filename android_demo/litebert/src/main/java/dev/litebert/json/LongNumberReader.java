package dev.litebert.json;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A reader that takes numbers of any length. Gson's own calls 10⁶⁶ malformed (the value that it
 * adds up in a long is 0 by then, as of 007), and any number of more than 1,023 characters.
 *
 * <p>It gives Gson a short number in place of each long one, and its caller the long one.
 */
final class LongNumberReader extends JsonReader {
  private static final int LONG = 60; // characters; Gson reads shorter ones as they are
  private static final String SHORT = "0e-999999"; // and the number of the long one
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][-+]?[0-9]++)?");

  private final List<String> numbers;

  private LongNumberReader(String text, List<String> numbers) {
    super(new StringReader(text));
    this.numbers = numbers;
  }

  /** A reader of a document; null where it holds no long number. */
  static LongNumberReader of(String document) {
    StringBuilder text = new StringBuilder();
    List<String> numbers = new ArrayList<>();
    boolean inString = false;
    for (int at = 0; at < document.length(); ) {
      char each = document.charAt(at);
      int end = at + 1;
      if (inString && each == '\\') {
        end = Math.min(document.length(), at + 2);
      } else if (each == '"') {
        inString = !inString;
      } else if (!inString && isOfNumber(each)) {
        while (end < document.length() && isOfNumber(document.charAt(end))) {
          end++;
        }
        String number = document.substring(at, end);
        boolean swapped = number.length() > LONG || number.startsWith(SHORT);
        if (swapped && NUMBER.matcher(number).matches()) {
          text.append(SHORT).append(numbers.size());
          numbers.add(number);
          at = end;
          continue;
        }
      }
      text.append(document, at, end);
      at = end;
    }
    return numbers.isEmpty() ? null : new LongNumberReader(text.toString(), numbers);
  }

  private static boolean isOfNumber(char each) {
    return (each >= '0' && each <= '9') || "+-.eE".indexOf(each) >= 0;
  }

  @Override
  public String nextString() throws IOException {
    boolean isNumber = peek() == JsonToken.NUMBER;
    String text = super.nextString();
    if (isNumber && text.startsWith(SHORT)) {
      return numbers.get(Integer.parseInt(text.substring(SHORT.length())));
    }
    return text;
  }
}
