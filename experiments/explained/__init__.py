"""What ``explain`` draws beside maps and report."""
