package dev.litebert.tokenizer;

/**
 * What the tokenizers library does with each code point, one table for each of its primitives.
 *
 * <p>The tables are made from the library's behaviour by {@code tables/write_tables.py}: the
 * primitives come from several libraries of different Unicode versions, and {@link Character}
 * differs between Android versions. A method reads its table anew: keep what it returns in a final
 * field.
 */
final class CharTables {
  private CharTables() {}

  /** What {@code clean_text} of BertNormalizer removes. */
  static CharTable bertControl() {
    return CharTable.read("bert_control");
  }

  /** What {@code clean_text} of BertNormalizer makes a space. */
  static CharTable bertSpace() {
    return CharTable.read("bert_space");
  }

  /** What {@code handle_chinese_chars} of BertNormalizer puts spaces around. */
  static CharTable chinese() {
    return CharTable.read("chinese");
  }

  /** The marks that {@code strip_accents} of BertNormalizer drops after NFD. */
  static CharTable nonspacingMark() {
    return CharTable.read("nonspacing_mark");
  }

  /** The marks that StripAccents drops. */
  static CharTable combiningMark() {
    return CharTable.read("combining_mark");
  }

  /** What BertPreTokenizer makes a piece of its own. */
  static CharTable punctuation() {
    return CharTable.read("punctuation");
  }

  /** White space of BertPreTokenizer, WhitespaceSplit, Strip and the offsets of ByteLevel. */
  static CharTable whiteSpace() {
    return CharTable.read("white_space");
  }

  /** {@code \s} of the pre-tokenizer Whitespace and of added tokens that strip. */
  static CharTable regexSpace() {
    return CharTable.read("regex_space");
  }

  /** {@code \w} of the pre-tokenizer Whitespace and of added tokens that are single words. */
  static CharTable word() {
    return CharTable.read("word");
  }

  /** {@code \p{L}} of ByteLevel. */
  static CharTable byteLevelLetter() {
    return CharTable.read("byte_level_letter");
  }

  /** {@code \p{N}} of ByteLevel. */
  static CharTable byteLevelNumber() {
    return CharTable.read("byte_level_number");
  }

  /** {@code \s} of ByteLevel. */
  static CharTable byteLevelSpace() {
    return CharTable.read("byte_level_space");
  }
}
