"""Lines on terminals that cannot show every letter."""

import io

import pytest

from saccade.experiments import Console


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", "maps: caf\\xe9 \\udcc3\\u2192"),
        ("latin-1", "maps: caf\xe9 \\udcc3\\u2192"),
        ("utf-8", "maps: caf\xe9 \\udcc3\u2192"),
    ],
)
def test_letters_that_a_terminal_lacks_are_printed_as_escapes(encoding, shown, monkeypatch):
    """The name of a folder ended the command after all its work."""
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", terminal)
    Console().say("maps: caf\xe9 \udcc3\u2192")
    assert terminal.buffer.getvalue().decode(encoding) == f"{shown}\n"


def test_a_closed_terminal_takes_no_line(monkeypatch):
    tried = []

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            tried.append(text)
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    console = Console()
    console.say("nobody reads this")
    console.say("nor this")
    assert tried == ["nobody reads this", "nor this"]  # each is tried, and none raises
