"""How the gaze of a run is chosen: by the agent, or by the env as a control."""
