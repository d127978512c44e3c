"""What turns hidden states into logits: each a frozen dataclass of slots with its maths in `build`."""
