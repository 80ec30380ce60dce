"""Looks at an image: networks that learn them end to end, and policies that look at images of any size."""
