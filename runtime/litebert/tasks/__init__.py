"""What a model can be asked: a module for each task."""
