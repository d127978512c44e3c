"""Quantization as data and as arithmetic: recipes, schemes, weights, activations."""
