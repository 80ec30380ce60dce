"""Learning from whole episodes: how REINFORCE plays and what its loss is, for each family of policies."""
