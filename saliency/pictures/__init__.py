"""Maps as pictures and films."""
