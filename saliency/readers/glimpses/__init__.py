"""Readers of policies that see through a retina."""
