package dev.litebert.tokenizer;

import dev.litebert.InputException;

/**
 * The places where a long text is cut before it is tokenized: the parts give the tokens of the
 * whole; mirrors {@code cuts.py}.
 *
 * <p>So tokenizing takes bounded memory. {@link CutPlaces} says why no step sees across a cut.
 */
final class Cuts {
  private static final int PIECE_CHARACTERS = 8192;

  private final CutPlaces places;
  private final int most;

  /**
   * The cuts of a tokenizer's texts.
   *
   * @param places the places where a text may be cut.
   * @param most the most characters of a piece.
   */
  Cuts(CutPlaces places, int most) {
    this.places = places;
    this.most = most;
  }

  /**
   * The end of the piece of a text that starts at a place.
   *
   * @param start a UTF-16 index, as the result is.
   * @throws InputException the piece has too many characters.
   */
  int behind(String text, int start) {
    int end = text.length();
    int least = forward(text, start, PIECE_CHARACTERS);
    return checked(text, start, least < 0 ? end : places.next(text, least, end));
  }

  /**
   * The start of the piece of a text that ends at a place.
   *
   * @param end a UTF-16 index, as the result is.
   * @throws InputException the piece has too many characters.
   */
  int before(String text, int end) {
    int size = PIECE_CHARACTERS;
    int from = end;
    int found = end;
    while (found == end && from > 0) {
      from = backward(text, end, size);
      found = from > 0 ? places.next(text, from, end) : 0;
      size *= 2;
    }
    checked(text, found, end);
    return found;
  }

  private int checked(String text, int start, int end) {
    if (end - start > most) {
      int characters = text.codePointCount(start, end);
      if (characters > most) {
        throw new InputException(
            ("input has "
                    + characters
                    + " characters in a row without a place where this tokenizer")
                + (" lets them be cut, such as a space; expected at most "
                    + most
                    + ": shorten it"));
      }
    }
    return end;
  }

  /** The place so many characters behind a place; −1 where the text ends before it. */
  private static int forward(String text, int from, int characters) {
    if (text.length() - from < characters) {
      return -1;
    }
    int at = from;
    for (int i = 0; i < characters; i++) {
      if (at == text.length()) {
        return -1;
      }
      at += Character.charCount(text.codePointAt(at));
    }
    return at;
  }

  /** The place so many characters before a place; 0 where the text starts behind it. */
  private static int backward(String text, int from, int characters) {
    int at = from;
    for (int i = 0; i < characters && at > 0; i++) {
      at -= Character.charCount(text.codePointBefore(at));
    }
    return at;
  }
}
