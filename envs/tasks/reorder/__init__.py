"""Sequences that are read in one order and said in another."""
