package dev.litebert.cli;

import dev.litebert.InputException;
import dev.litebert.Text;
import dev.litebert.json.JsonException;
import dev.litebert.json.Repr;
import dev.litebert.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;

/** The texts to answer, one after another: of the command line, or of stdin. */
abstract class Texts {
  private static final int SHOWN = 60;

  /**
   * The next text; null behind the last.
   *
   * @throws InputException it cannot be read as one.
   */
  abstract Text next() throws IOException;

  /** Texts of the command line. */
  static Texts of(List<String> words, boolean arePairs) {
    Iterator<String> iterator = words.iterator();
    return new Texts() {
      private int number;

      @Override
      Text next() {
        if (!iterator.hasNext()) {
          return null;
        }
        number++;
        String word = iterator.next();
        return arePairs ? pair(word, "text " + number) : Text.of(word);
      }
    };
  }

  /** A text for each line. */
  static Texts of(Lines lines, boolean arePairs) {
    return new Texts() {
      @Override
      Text next() throws IOException {
        String line = lines.next();
        if (line == null) {
          return null;
        }
        return arePairs ? pair(line, "line " + lines.number() + " of stdin") : Text.of(line);
      }
    };
  }

  /** A text, or a pair, for each line, which is a JSON string or a list of two. */
  static Texts ofJson(Lines lines) {
    return new Texts() {
      @Override
      Text next() throws IOException {
        String line = lines.next();
        return line == null ? null : parsed(line, "line " + lines.number() + " of stdin");
      }
    };
  }

  private static Text pair(String text, String name) {
    int tab = text.indexOf('\t');
    if (tab < 0 || text.indexOf('\t', tab + 1) >= 0) {
      int tabs = text.split("\t", -1).length - 1;
      throw new InputException(
          name
              + ", "
              + Repr.of(text, SHOWN)
              + ", has "
              + tabs
              + " tabs; with --pair expected one between two halves");
    }
    return Text.pair(text.substring(0, tab), text.substring(tab + 1));
  }

  private static Text parsed(String line, String name) {
    Object found;
    try {
      found = StrictJson.parse(line.getBytes(StandardCharsets.UTF_8));
    } catch (JsonException error) {
      throw notText(line, name, " (" + error.getMessage() + ")");
    }
    if (found instanceof String) {
      return Text.of((String) found);
    }
    if (found instanceof List) {
      List<?> halves = (List<?>) found;
      if (halves.size() == 2
          && halves.get(0) instanceof String
          && halves.get(1) instanceof String) {
        return Text.pair((String) halves.get(0), (String) halves.get(1));
      }
    }
    throw notText(line, name, "");
  }

  private static InputException notText(String line, String name, String reason) {
    return new InputException(
        name
            + ", "
            + Repr.of(line, SHOWN)
            + ", is no text"
            + reason
            + "; with --stdin-json expected a JSON string, or a list of two, on each line");
  }
}
