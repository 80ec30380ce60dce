"""Settings of a small network with a gaze, for trainings of seconds."""

RETINA = {"size": 6, "scales": 2, "network": "fc", "features_dim": 16, "what_dim": 16, "where_dim": 8}
GAZE = {"policy_kwargs": {"features_extractor_kwargs": RETINA, "lstm_hidden_size": 16}}
