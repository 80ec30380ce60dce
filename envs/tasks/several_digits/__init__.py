"""Tasks in which an agent names one thing after the other, each when it has seen enough."""
