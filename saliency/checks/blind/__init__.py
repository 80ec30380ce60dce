"""What is needed to test a map without the network: blind orders of places, and ways to take a place away."""
