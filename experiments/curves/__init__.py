"""Learning curves: read from run folders, put together where they are seeds of one another, drawn and written."""
