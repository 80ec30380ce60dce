"""A file of figures that a measurement goes on with: only if it was begun with the same settings."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from saccade.experiments import OutputError


def read_kept(path: Path, settings_of: Callable[[Any], Mapping[str, Any]], asked: Mapping[str, Any], *needed: str) -> Any:
    """
    What a file has, so that figures of different settings do not mix.

    :param path: JSON
    :param settings_of: takes the settings out of its content
    :param asked: settings of this call
    :param needed: entries that it must have
    :return: its content
    :raises OutputError: if it is the file of something else, or of other settings
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known = settings_of(content)
        names = {**known, **asked}
        _ = [content[name] for name in needed]
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{path} is not a file of this measurement; choose another output") from error
    asked = json.loads(json.dumps(asked))  # as a file has it
    for name in names:
        if known.get(name) != asked.get(name):
            raise OutputError(f"{path} was measured with {name} {known.get(name)}, not {asked.get(name)}; choose another output")
    return content
