"""The command `litebert-bench`: measures artifacts here and on devices, and shows the records."""

SPEEDS = "0.1,0.3,0.5"  # measured beside full depth, of a student with exits, unless others are asked for
