package dev.litebert.tokenizer;

import dev.litebert.ArtifactException;
import dev.litebert.Encoding;
import dev.litebert.InputException;
import dev.litebert.Text;

/**
 * From text to token ids, by the checkpoint's own tokenizer; mirrors {@code tokenizer.py}.
 *
 * <p>Threads may share one.
 */
public final class TextTokenizer {
  /** Ways to cut two texts: the longer one first; both joined, at the end; or no pairs. */
  public static final String LONGEST_FIRST = "longest-first";

  public static final String JOINED = "joined";
  public static final String NO_PAIRS = "none";

  private TextTokenizer() {}

  /**
   * The tokenizer in the content of a tokenizer.json, with truncation and special tokens.
   *
   * @param content the file's content.
   * @param path the file's path, for errors.
   * @param pairs the way to cut two texts, one of the three constants.
   * @param ids the number of ids that the model takes; −1 where it is not known.
   * @throws ArtifactException the content is not a tokenizer, or asks for something that we do not
   *     do.
   */
  public static TextTokenizer parse(byte[] content, String path, String pairs, long ids) {
    throw new ArtifactException(path + ": not read yet");
  }

  /**
   * The ids of a text or pair, special tokens included, cut to the limit.
   *
   * @throws InputException it is a pair, and the model takes none; or it is too long for the memory.
   */
  public Encoding encode(Text text) {
    throw new InputException("not read yet");
  }

  /** The longest encoding, special tokens included. */
  public int maxTokens() {
    return 0;
  }

  /** Whether a long text loses its beginning instead of its end. */
  public boolean keepsEnd() {
    return false;
  }
}
