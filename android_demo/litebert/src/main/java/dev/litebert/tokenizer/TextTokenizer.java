package dev.litebert.tokenizer;

import dev.litebert.ArtifactException;
import dev.litebert.Encoding;
import dev.litebert.InputException;
import dev.litebert.Text;
import dev.litebert.json.JsonException;
import dev.litebert.json.Repr;
import dev.litebert.json.StrictJson;
import java.util.Arrays;
import java.util.List;

/**
 * From text to token ids, by the checkpoint's own tokenizer; mirrors {@code tokenizer.py}.
 *
 * <p>It cuts long text itself, so that what is cut off costs no time. Threads may share one.
 */
public final class TextTokenizer {
  /** The longer of two texts is cut first. */
  public static final String LONGEST_FIRST = "longest-first";

  /** Two texts are joined with their special tokens, and cut at the end. */
  public static final String JOINED = "joined";

  /** The model takes no pairs. */
  public static final String NO_PAIRS = "none";

  private static final String CURE = "; export the model again";
  private static final String OTHER_CURE =
      "; LiteBERT for Java has no other: use LiteBERT for Python, or export another model";
  private static final int SHOWN = 60;
  private static final double MOST_CHARACTERS = 4_000_000; // that are tokenized in one piece

  private final Pipeline pipeline;
  private final Cuts cuts;
  private final List<Trim> trims;
  private final int maxTokens;
  private final boolean keepsEnd;
  private final boolean joined;
  private final List<Part> single;
  private final List<Part> pair; // null where the model takes no pairs
  private final Workers workers;

  private TextTokenizer(
      Pipeline pipeline, Cuts cuts, Frame frame, Truncation truncation, String pairs) {
    this.pipeline = pipeline;
    this.cuts = cuts;
    trims = frame.trims;
    maxTokens = truncation.maxTokens;
    keepsEnd = truncation.keepsEnd;
    joined = pairs.equals(JOINED);
    single = frame.single;
    pair = pairs.equals(NO_PAIRS) ? null : frame.pair;
    workers = new Workers(pipeline);
  }

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
    try {
      return parse(TokenizerFile.read(content), path, pairs, ids);
    } catch (JsonException error) {
      throw StrictJson.refused(path, error);
    } catch (Unsupported error) {
      throw new ArtifactException(path + ": " + error.getMessage() + OTHER_CURE, error);
    } catch (IllegalArgumentException error) {
      throw new ArtifactException(
          path + ": not a tokenizer (" + error.getMessage() + ")" + CURE, error);
    }
  }

  private static TextTokenizer parse(TokenizerFile file, String path, String pairs, long ids) {
    double growth = Growth.check(file.body(), file.pieces(), file.isList());
    check(path, FileCheck.problems(file, ids));
    Normalizer normalizer = Normalizers.parse(file.body().get("normalizer"));
    Pipeline pipeline = Pipeline.parse(file, normalizer);
    CutPlaces places = CutPlaces.find(file.body(), normalizer, pipeline.added());
    Frame frame = Frame.parse(file.body().get("post_processor"));
    check(path, TokenizerCheck.tokenProblems(pipeline, frame, normalizer));
    Truncation truncation = Truncation.parse(file.body().get("truncation"));
    check(path, partProblems(frame.single, 1, pipeline, truncation, ids));
    if (!pairs.equals(NO_PAIRS)) {
      check(path, partProblems(frame.pair, 2, pipeline, truncation, ids));
    }
    return new TextTokenizer(
        pipeline, new Cuts(places, (int) (MOST_CHARACTERS / growth)), frame, truncation, pairs);
  }

  private static void check(String path, List<String> problems) {
    if (!problems.isEmpty()) {
      throw new ArtifactException(path + ": " + String.join("; ", problems) + CURE);
    }
  }

  /** The faults in the parts of an encoding, in which each text is the letter a. */
  private static List<String> partProblems(
      List<Part> parts, int texts, Pipeline pipeline, Truncation truncation, long ids) {
    Tokens letter = new Tokens();
    pipeline.worker().run("a", 0, 1, letter);
    List<Part> found = letter.length == 0 ? Frame.special(parts) : parts;
    return TokenizerCheck.partProblems(found, texts, truncation.maxTokens, ids);
  }

  /** The longest encoding, special tokens included. */
  public int maxTokens() {
    return maxTokens;
  }

  /** Whether a long text loses its beginning instead of its end. */
  public boolean keepsEnd() {
    return keepsEnd;
  }

  /**
   * The ids of a text or pair, special tokens included, cut to the limit.
   *
   * @throws InputException it is a pair, and the model takes none; or it is too long for the
   *     memory.
   */
  public Encoding encode(Text text) {
    List<Part> parts = text.isPair() ? pair : single;
    if (parts == null) {
      throw new InputException(
          "input is a pair "
              + Repr.cut("(" + Repr.of(text.first()) + ", " + Repr.of(text.second()) + ")", SHOWN)
              + "; this model takes single texts only: give a str");
    }
    Workers.Worker worker = workers.take();
    try {
      return encode(text, parts, worker);
    } finally {
      workers.giveBack(worker);
    }
  }

  private Encoding encode(Text text, List<Part> parts, Workers.Worker worker) {
    int room = maxTokens - Frame.special(parts).size();
    int count = text.isPair() ? 2 : 1;
    int[] found = new int[count];
    for (int i = 0; i < count; i++) {
      tokenize(text(text, i), room, worker, worker.tokens[i]);
      found[i] = worker.tokens[i].length;
    }
    int[] kept = joined ? found : cut(text, found, room, worker);
    boolean truncated = false;
    int total = parts.size() - count;
    for (int i = 0; i < count; i++) {
      truncated |= kept[i] < found[i];
      total += kept[i];
      trim(text(text, i), kept[i], worker.tokens[i]);
    }
    return join(
        parts, worker.tokens, kept, Math.min(total, maxTokens), truncated || total > maxTokens);
  }

  private static String text(Text text, int index) {
    return index == 0 ? text.first() : text.second();
  }

  /** The tokens of a text, or more than {@code room} of them, from the end that is kept. */
  private void tokenize(String text, int room, Workers.Worker worker, Tokens out) {
    out.clear();
    int start = 0;
    int end = text.length();
    do {
      int cut = keepsEnd ? cuts.before(text, end) : cuts.behind(text, start);
      worker.piece.clear();
      worker.pipeline.run(text, keepsEnd ? cut : start, keepsEnd ? end : cut, worker.piece);
      out.addAll(worker.piece, keepsEnd);
      start = keepsEnd ? start : cut;
      end = keepsEnd ? cut : end;
    } while (start < end && out.length <= room);
  }

  /** The number of tokens of a text. */
  private int count(String text, Workers.Worker worker) {
    int count = 0;
    int start = 0;
    do {
      int end = cuts.behind(text, start);
      worker.piece.clear();
      worker.pipeline.run(text, start, end, worker.piece);
      count += worker.piece.length;
      start = end;
    } while (start < text.length());
    return count;
  }

  /** The number of tokens of each text that are kept, the longer text cut first. */
  private int[] cut(Text text, int[] found, int room, Workers.Worker worker) {
    int[] lengths = found;
    if (found.length == 2 && room % 2 == 1 && Math.min(found[0], found[1]) > room) {
      // The longer one gets the odd token.
      lengths = new int[] {count(text.first(), worker), count(text.second(), worker)};
    }
    return cutLengths(lengths, room);
  }

  /**
   * The number of tokens of each text that are kept.
   *
   * <p>Read: huggingface/tokenizers, src/utils/truncation.rs, TruncationStrategy::LongestFirst.
   */
  static int[] cutLengths(int[] lengths, int room) {
    if (lengths.length == 1) {
      return new int[] {Math.min(lengths[0], room)};
    }
    if ((long) lengths[0] + lengths[1] <= room) {
      return lengths;
    }
    int less = Math.min(lengths[0], lengths[1]);
    int more = room - less;
    if (less > more) {
      less = room / 2;
      more = room - less;
    }
    return lengths[0] > lengths[1] ? new int[] {more, less} : new int[] {less, more};
  }

  private void trim(String text, int kept, Tokens tokens) {
    int from = keepsEnd && !joined ? tokens.length - kept : 0;
    for (Trim each : trims) {
      each.apply(tokens, from, from + kept, text, pipeline.pieces());
    }
  }

  private Encoding join(
      List<Part> parts, Tokens[] tokens, int[] kept, int length, boolean truncated) {
    int[] ids = new int[length];
    int[] types = new int[length];
    int[] texts = new int[length];
    int[] offsets = new int[2 * length];
    int at = 0;
    for (Part part : parts) {
      int end = Math.min(length, at + (part.isSpecial() ? 1 : kept[part.text()]));
      Arrays.fill(types, at, end, part.typeId());
      Arrays.fill(texts, at, end, part.text());
      if (part.isSpecial()) {
        Arrays.fill(ids, at, end, part.specialId());
      } else {
        Tokens found = tokens[part.text()];
        int from = keepsEnd && !joined ? found.length - kept[part.text()] : 0;
        System.arraycopy(found.ids, from, ids, at, end - at);
        for (int i = at; i < end; i++, from++) {
          offsets[2 * i] = found.starts[from];
          offsets[2 * i + 1] = found.ends[from];
        }
      }
      at = end;
    }
    return new Encoding(ids, types, texts, offsets, truncated);
  }
}
