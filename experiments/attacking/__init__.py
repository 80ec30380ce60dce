"""Adversarial examples: small changes of the pixels of a canvas, chosen to make a network err."""
