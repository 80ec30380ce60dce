"""A synthetic pen: letters of a font, a style for each hand, and readers for real ink."""
