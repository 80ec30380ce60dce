"""Why a file is not read."""

LONGEST = 80  # characters of a text out of a file
TRUST = "pass trust=True (--trust) if you trust the file"


class Refusal(Exception):
    """
    A file is not read. The message goes on after the file's name.

    :param reason: such as ``is damaged``
    """


class NeedsTrust(Refusal):
    """
    SB3 could perhaps read this by running what is in the file.

    :param reason: such as ``needs the class mine.Extractor, which ...``
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; {TRUST}")


def quoted(text: str) -> str:
    """A text out of a stranger's file, for a message: printable, in one line, and short."""
    plain = text[: LONGEST + 1].encode("ascii", "backslashreplace").decode()
    plain = "".join(letter if letter.isprintable() else "?" for letter in plain)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 3] + "..."
