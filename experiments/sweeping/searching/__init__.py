"""Searches for hyperparameters: what is searched for, and trials of Optuna."""
