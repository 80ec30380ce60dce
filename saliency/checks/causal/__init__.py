"""Parts of the causal check: where squares are, and what they change."""
