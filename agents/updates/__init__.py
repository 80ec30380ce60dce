"""How a loss becomes a step of the optimizer: fast, or bit for bit reproducible."""
