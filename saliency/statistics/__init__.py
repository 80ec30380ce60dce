"""Numbers about maps; numpy only."""
