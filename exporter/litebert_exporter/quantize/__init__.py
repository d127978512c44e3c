"""int8 as data and as arithmetic: recipes, weights, activations."""
