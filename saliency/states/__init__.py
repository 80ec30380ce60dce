"""What a policy is asked about: probe sets, play, and where they come from."""
