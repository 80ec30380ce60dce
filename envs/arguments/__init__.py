"""Whether the arguments of an env are what they must be."""
