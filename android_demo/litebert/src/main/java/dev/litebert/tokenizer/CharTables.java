package dev.litebert.tokenizer;

/**
 * What the tokenizers library does with each code point, one table for each of its primitives.
 *
 * <p>The tables are made from the library's behaviour by {@code tables/write_tables.py}: the
 * primitives come from several libraries of different Unicode versions, and {@link Character}
 * differs between Android versions. All are bits of one file, which is read once.
 */
final class CharTables {
  private static final CharTable ALL = CharTable.read("sets");

  // The order of the bits is that of SETS in tables/write_tables.py.

  /** What {@code clean_text} of BertNormalizer removes. */
  static final CharTable BERT_CONTROL = ALL.bit(0);

  /** What {@code clean_text} of BertNormalizer makes a space. */
  static final CharTable BERT_SPACE = ALL.bit(1);

  /** What {@code handle_chinese_chars} of BertNormalizer puts spaces around. */
  static final CharTable CHINESE = ALL.bit(2);

  /** The marks that {@code strip_accents} of BertNormalizer drops after NFD. */
  static final CharTable NONSPACING_MARK = ALL.bit(3);

  /** The marks that StripAccents drops. */
  static final CharTable COMBINING_MARK = ALL.bit(4);

  /** What BertPreTokenizer makes a piece of its own. */
  static final CharTable PUNCTUATION = ALL.bit(5);

  /** White space of BertPreTokenizer, WhitespaceSplit, Strip and the offsets of ByteLevel. */
  static final CharTable WHITE_SPACE = ALL.bit(6);

  /** {@code \s} of the pre-tokenizer Whitespace and of added tokens that strip. */
  static final CharTable REGEX_SPACE = ALL.bit(7);

  /** {@code \w} of the pre-tokenizer Whitespace and of added tokens that are single words. */
  static final CharTable WORD = ALL.bit(8);

  /** {@code \p{L}} of ByteLevel. */
  static final CharTable BYTE_LEVEL_LETTER = ALL.bit(9);

  /** {@code \p{N}} of ByteLevel. */
  static final CharTable BYTE_LEVEL_NUMBER = ALL.bit(10);

  /** {@code \s} of ByteLevel. */
  static final CharTable BYTE_LEVEL_SPACE = ALL.bit(11);

  private CharTables() {}
}
