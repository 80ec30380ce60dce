"""How canvases are changed: the rungs of the ladder of attacks, and changes that nobody has chosen."""
