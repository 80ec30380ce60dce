"""Resets of vector envs, of all envs or of some."""
