"""Naming one thing, or one after the other, each when the agent has seen enough: what games of it share."""
