"""A policy is left as it was by whoever looks at it."""
