"""What can be asked of a policy: heads of each family, observations as tensors."""
