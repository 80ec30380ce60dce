"""The options of doors that have many."""
