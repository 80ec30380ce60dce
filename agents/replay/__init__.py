"""Replay buffers for stacked frames."""
