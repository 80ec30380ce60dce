"""A reporter that tests read."""


class Told:
    """Keeps what it is told."""

    shows_progress = False

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)
