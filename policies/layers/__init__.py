"""Single layers that networks are made of."""
