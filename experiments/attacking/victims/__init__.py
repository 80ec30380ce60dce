"""What is attacked: agents with a gaze and networks that see the whole canvas, and where they come from."""
