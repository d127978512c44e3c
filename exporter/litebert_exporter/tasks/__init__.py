"""What a model can be exported for: a module for each task."""
