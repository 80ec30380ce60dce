"""The env of a saved policy, made again with the wrappers that the policy was trained in."""
