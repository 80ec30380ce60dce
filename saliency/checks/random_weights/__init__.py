"""Networks with random weights, as controls of the checks."""
