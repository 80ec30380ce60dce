"""Many runs at once: from one file, on this machine or on a Ray cluster."""
