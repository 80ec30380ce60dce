"""One event of a run, as files and in Weights & Biases."""
