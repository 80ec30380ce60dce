"""Runs side by side in one HTML page."""
