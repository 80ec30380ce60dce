"""From a model to its last checkpoint and its final score, and what goes on beside the learning."""
