"""The suite's own tasks."""
