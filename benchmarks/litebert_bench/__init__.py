"""The command `litebert-bench`: measures artifacts here and on devices, and shows the records."""
