"""Tasks with several digits in a picture, which an agent names, or adds up."""
