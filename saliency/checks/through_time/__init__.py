"""Checks of what is said about memory: deletion of steps and segments, and alignment, beside rivals that know no network."""
