"""The entries that SB3 keeps of a model: JSON, with pickles in it as text."""

import base64
import json
from typing import Any

from .inert_pickle import read_pickle
from .refusal import Refusal, quoted

LARGEST = 64 * 2**20  # bytes: the last observations of many envs are among them
MOST_VALUES = 300_000
PICKLED = ":serialized:"


class JsonEntries:
    """
    :param data: of the part ``data`` of a model's file
    :raises Refusal: if it is not JSON, or is JSON of too many values
    """

    def __init__(self, data: bytes) -> None:
        if sum(data.count(mark) for mark in (b"[", b"{", b",")) > MOST_VALUES:
            raise Refusal(f"has more than {MOST_VALUES:,} values in its part data")
        try:
            found = json.loads(data.decode("ascii"))
        except (ValueError, RecursionError) as error:  # no ASCII, no JSON, numbers of thousands of digits, or nested too deeply
            raise Refusal(f"is damaged: its part data is not JSON as SB3 writes it ({type(error).__name__})") from error
        if not isinstance(found, dict):
            raise Refusal("is damaged: its part data is not a JSON object")
        self.found: dict[str, Any] = found

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def node(self, name: str) -> Any:
        """
        An entry as an inert pickle has it, or as JSON does.

        :param name: of the entry
        :raises Refusal: if it is damaged
        """
        entry = self.found.get(name)
        if not (isinstance(entry, dict) and PICKLED in entry):
            return entry
        text = entry[PICKLED]
        try:
            data = base64.b64decode(text.encode("ascii"))
        except (AttributeError, ValueError) as error:  # no text, or no base64
            raise Refusal(f"is damaged: its entry {quoted(name)} is not base64") from error
        return read_pickle(data)
