"""The way from text to ids: the files that keep a vocabulary, and the tokenizer.json made of them."""
