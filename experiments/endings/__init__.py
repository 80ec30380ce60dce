"""How runs ended: what a run notes in its folder, what its sweep knows of it, and what its log says."""
