"""How good a trained agent is: games played, scores, and pictures of the play."""
