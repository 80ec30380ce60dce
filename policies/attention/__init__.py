"""Soft attention: weights over the places of a feature map, in streams and in an LSTM."""
