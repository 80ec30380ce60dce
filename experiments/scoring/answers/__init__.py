"""Tasks that ask a question a step: how many answers are right."""
