"""Runs and sweeps in a browser while they go on."""
