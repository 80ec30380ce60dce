"""A file of a model, read without running its code."""
