"""What a run keeps so that nothing is lost and nothing is repeated: checkpoints, states, logs and events."""
