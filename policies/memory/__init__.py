"""Memories other than an LSTM for recurrent policies of sb3-contrib."""
