"""The commands of `litebert`: one module each, with its options and its work."""
