"""What the values of a configuration may be: words, plain values, bounds, and keyword arguments that fit a function."""
