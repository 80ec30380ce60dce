"""A training in Weights & Biases."""

from .wandb_run import WandbRun

__all__ = ["WandbRun"]
