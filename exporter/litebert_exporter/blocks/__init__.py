"""The parts of encoders: each a frozen dataclass of slots with its maths in `build`."""
