package dev.litebert.tokenizer;

/**
 * Korean syllables and their letters, by arithmetic.
 *
 * <p>Unicode Standard, section 3.12; read: unicode-rs/unicode-normalization, src/normalize.rs.
 */
final class Hangul {
  private static final int SYLLABLES = 0xAC00;
  private static final int LEADS = 0x1100;
  private static final int VOWELS = 0x1161;
  private static final int TAILS = 0x11A7; // one before the first: a syllable may have none
  private static final int LEAD_COUNT = 19;
  private static final int VOWEL_COUNT = 21;
  private static final int TAIL_COUNT = 28;
  private static final int SYLLABLE_COUNT = LEAD_COUNT * VOWEL_COUNT * TAIL_COUNT;

  private Hangul() {}

  static boolean isSyllable(int point) {
    return point >= SYLLABLES && point < SYLLABLES + SYLLABLE_COUNT;
  }

  static int lead(int syllable) {
    return LEADS + (syllable - SYLLABLES) / (VOWEL_COUNT * TAIL_COUNT);
  }

  static int vowel(int syllable) {
    return VOWELS + (syllable - SYLLABLES) / TAIL_COUNT % VOWEL_COUNT;
  }

  /** The last letter of a syllable; −1 where it has two letters. */
  static int tail(int syllable) {
    int tail = (syllable - SYLLABLES) % TAIL_COUNT;
    return tail == 0 ? -1 : TAILS + tail;
  }

  /** The syllable that two code points become; −1 where they become none. */
  static int compose(int first, int second) {
    if (first >= LEADS && first < LEADS + LEAD_COUNT) {
      if (second >= VOWELS && second < VOWELS + VOWEL_COUNT) {
        return SYLLABLES + ((first - LEADS) * VOWEL_COUNT + second - VOWELS) * TAIL_COUNT;
      }
    } else if (isSyllable(first)
        && (first - SYLLABLES) % TAIL_COUNT == 0
        && second > TAILS
        && second < TAILS + TAIL_COUNT) {
      return first + second - TAILS;
    }
    return -1;
  }
}
