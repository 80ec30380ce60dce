"""Models as RL Zoo leaves them, on disk or on the Hugging Face hub."""
