"""The commands of `litebert`: a module for each, with its options and its work."""
