"""The page of a run that is going on: it grows with the run's folder."""
