"""What a gaze is made of: the places that it may go to, and the images that it goes over."""
