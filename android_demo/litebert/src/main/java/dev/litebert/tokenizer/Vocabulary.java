package dev.litebert.tokenizer;

/** What the checks ask of a model's vocabulary, which is too large for a tree of JSON values. */
interface Vocabulary {
  /** The number of tokens. */
  int size();

  /** The id of a token, or −1 where the vocabulary lacks it. */
  int id(String token);

  /** The first token in the file whose id is not from 0 to {@code ids} − 1; null without one. */
  String outside(long ids);

  /** The id that the file gives to the token of {@link #outside}. */
  long idOutside(long ids);

  /** Whether two tokens have one id. */
  boolean sharesIds();

  /** The first of the tokens with the most code points; empty without tokens. */
  String longest();
}
