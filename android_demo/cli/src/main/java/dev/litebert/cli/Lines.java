package dev.litebert.cli;

import dev.litebert.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * The lines of stdin as texts, as they come, blank ones included; mirrors {@code stdin_lines.py}.
 */
final class Lines {
  private static final String BLANK = "is blank: blank lines are answered as empty texts";
  private static final String BYTES =
      "is not UTF-8: bytes that cannot be read become replacement characters, in other lines as"
          + " well; convert the text first, as with iconv -f WINDOWS-1252 -t UTF-8 or -f GB18030";

  private final InputStream in;
  private final Console console;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private int number;
  private boolean warnsOfBlanks;
  private boolean warnedOfBytes;

  /**
   * The lines of a stream.
   *
   * @param warnsOfBlanks whether a blank line is a text that is worth a warning.
   */
  Lines(InputStream in, Console console, boolean warnsOfBlanks) {
    this.in = in;
    this.console = console;
    this.warnsOfBlanks = warnsOfBlanks;
  }

  /** The number of the line that {@link #next} gave last, counted from 1. */
  int number() {
    return number;
  }

  /**
   * The next line without its end; null behind the last.
   *
   * @throws InputException stdin begins as UTF-16 does.
   */
  String next() throws IOException {
    byte[] line = read();
    if (line == null) {
      return null;
    }
    number++;
    int begin = 0;
    if (number == 1) {
      if (startsWith(line, 0xFF, 0xFE) || startsWith(line, 0xFE, 0xFF)) {
        throw new InputException(
            "stdin begins as UTF-16 does, expected UTF-8; convert it with iconv -f UTF-16 -t"
                + " UTF-8");
      }
      begin = startsWith(line, 0xEF, 0xBB, 0xBF) ? 3 : 0;
    }
    int length = line.length - begin;
    if (length > 0 && line[line.length - 1] == '\n') {
      length--;
    }
    if (length > 0 && line[begin + length - 1] == '\r') {
      length--;
    }
    return decoded(line, begin, length);
  }

  private String decoded(byte[] line, int begin, int length) {
    try {
      CharBuffer text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line, begin, length));
      if (warnsOfBlanks && isBlank(text)) {
        warnsOfBlanks = false;
        console.warn("line " + number + " of stdin " + BLANK);
      }
      return text.toString();
    } catch (CharacterCodingException notUtf8) {
      if (!warnedOfBytes) {
        warnedOfBytes = true;
        console.warn("line " + number + " of stdin " + BYTES);
      }
      return mended(ByteBuffer.wrap(line, begin, length));
    }
  }

  /** The text with a replacement character for each stretch that Python's decoder gives one. */
  private static String mended(ByteBuffer bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    while (true) {
      CoderResult result = decoder.decode(bytes, text, true);
      if (!result.isMalformed()) {
        text.flip();
        return text.toString();
      }
      int at = bytes.position();
      boolean isSurrogate = // which Java takes as one fault, and Python as one for each byte
          (bytes.get(at) & 0xFF) == 0xED
              && result.length() > 1
              && (bytes.get(at + 1) & 0xFF) > 0x9F;
      bytes.position(at + (isSurrogate ? 1 : result.length()));
      text.put('\uFFFD');
    }
  }

  /** Whether Python's {@code str.strip} leaves nothing of it. */
  private static boolean isBlank(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      boolean isSpace =
          (each >= '\t' && each <= '\r')
              || (each >= 0x1C && each <= 0x1F)
              || each == 0x85
              || Character.isSpaceChar(each);
      if (!isSpace) {
        return false;
      }
    }
    return true;
  }

  private static boolean startsWith(byte[] line, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (i >= line.length || (line[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  /** The bytes of a line with its end; null behind the last. */
  private byte[] read() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    while (true) {
      if (at == end) {
        at = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        if (end == 0) {
          return line.size() == 0 ? null : line.toByteArray();
        }
      }
      int begin = at;
      while (at < end && buffer[at] != '\n') {
        at++;
      }
      boolean isWhole = at < end;
      at += isWhole ? 1 : 0;
      line.write(buffer, begin, at - begin);
      if (isWhole) {
        return line.toByteArray();
      }
    }
  }
}
