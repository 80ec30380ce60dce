"""How a loss becomes a step, fast or exact."""
