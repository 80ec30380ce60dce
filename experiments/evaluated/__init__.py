"""What ``evaluate`` asks of a run folder."""
