"""Whether to believe a map."""
