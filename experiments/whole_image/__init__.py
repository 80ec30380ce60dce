"""A CNN that sees whole canvases, to judge agents with a gaze by."""
