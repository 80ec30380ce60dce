"""What a run is made of: its agent, its hyperparameters and its envs."""
