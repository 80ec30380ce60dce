"""Networks that get whole canvases and learn by backpropagation alone, to judge agents with a gaze by."""
