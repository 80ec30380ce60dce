"""Files and names that a user brings, read strictly and without running what is in them."""
