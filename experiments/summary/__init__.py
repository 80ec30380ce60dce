"""What many runs say together: over seeds, over games, and which agent is better."""
