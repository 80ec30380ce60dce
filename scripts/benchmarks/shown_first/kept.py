"""The file of the figures: written after each method, and read again to go on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.experiments import OutputError
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.runs.kept_file import read_kept

FREE = ("methods", "threads")  # options that may change from one call to the next


class Kept:
    """
    Figures of models, in memory and in a file.

    :param path: of the file; None: nothing is written
    :param about: date, hardware and versions of this call
    :param options: of the measurement
    :raises OutputError: if the folder is missing, or the file is of something else, or of other options
    """

    def __init__(self, path: Path | None, about: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self.path = path
        options = json.loads(json.dumps(options))
        self.found: dict[str, Any] = {**about, "options": options, "models": []}
        if path is None:
            return
        if not path.parent.is_dir():
            raise OutputError(f"there is no folder {path.parent}; make it, or choose another --json file")
        if path.exists():
            self.found["models"] = _models(path, options)

    def model_of(self, run: str, env_steps: int | None) -> dict[str, Any]:
        """
        What has been measured of a run already; empty if nothing has.

        :param run: name of its folder
        :param env_steps: after which it was saved
        :raises OutputError: if the file has the run after other env steps
        """
        for model in self.found["models"]:
            if model["run"] == run:
                if model["env_steps"] != env_steps:
                    told = f"{self.path} has {run} after {model['env_steps']} env steps, and it has gone on since"
                    raise OutputError(f"{told}; choose another --json file")
                return dict(model)
        return {}

    def put(self, model: Mapping[str, Any]) -> None:
        """
        Take in what is known of a run, and write the file. A run whose rows were measured at several commits names them all.

        :param model: with its rows so far
        """
        known: list[str] = next((one.get("commits", []) for one in self.found["models"] if one["run"] == model["run"]), [])
        model = {**model, "commits": list(dict.fromkeys([*known, self.found.get("commit")]))}
        others = [one for one in self.found["models"] if one["run"] != model["run"]]
        places = [one["run"] for one in self.found["models"]]
        here = places.index(model["run"]) if model["run"] in places else len(others)
        self.found["models"] = [*others[:here], dict(model), *others[here:]]
        if self.path is not None:
            write_text(self.path, json.dumps(self.found, indent=1, allow_nan=False))


def _models(path: Path, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    before = read_kept(path, lambda found: _fixed(found["options"]), _fixed(options), "models")
    return [{"commits": [before.get("commit")], **model} for model in before["models"]]


def _fixed(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in FREE}
