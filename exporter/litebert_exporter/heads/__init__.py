"""The heads, which give named outputs: each a frozen dataclass of slots with its maths in `build`."""
