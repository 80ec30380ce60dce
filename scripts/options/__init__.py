"""The options of doors that have many, and what doors print."""
