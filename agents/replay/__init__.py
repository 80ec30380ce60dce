"""Replay of frames: the buffer, its stacks, pools and priorities."""
