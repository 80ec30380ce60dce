"""Hyperparameters of every agent in RL Zoo's form, one YAML file an agent, read with importlib.resources."""

__all__: list[str] = []
