"""The result of an attack: one JSON, which grows by a row at a time."""

import json
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ...saliency.whole_file import write_text
from ..circumstances import commit, hardware, installed
from ..errors import OutputError
from .attack_checks import attack_checks
from .clean_accuracy import clean_differences
from .planned_rows import Planned

FILE, LOCK = "attack.json", ".lock"
NETWORKS = "networks"  # in settings: by name, the file, what identifies its weights, and the kind
PACKAGES = ("saccade-rl", "stable-baselines3", "torch", "numpy")


class AttackRecord:
    """
    The finished rows in a folder.

    :param folder: where ``attack.json`` is, or will be
    :param settings: plain values that decide the rows
    :param device: of torch
    :ivar rows: by key
    :raises OutputError: if there is a file already that cannot be read or has other settings
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], device: str) -> None:
        self.file, self.settings = folder / FILE, json.loads(json.dumps(settings))
        self.rows: dict[str, dict[str, Any]] = {}
        self.commit = commit()
        self.about: dict[str, Any] = {
            "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "commit": self.commit,
            "hardware": hardware(device),
            "versions": {name: installed(name) for name in PACKAGES},
        }
        if self.file.is_file():
            self._read(folder)
        elif folder.exists() and not (folder.is_dir() and all(inner.name == LOCK for inner in folder.iterdir())):
            raise OutputError(f"{folder} exists already and has no {FILE}; choose another output", option="output")

    @property
    def checks(self) -> list[dict[str, Any]]:
        """Whether the attack works, from the rows so far."""
        return attack_checks(list(self.rows.values()))

    @property
    def clean(self) -> list[dict[str, Any]]:
        """How far each rival is from the first network on clean canvases, from the rows so far."""
        return clean_differences(list(self.rows.values()))

    def add(self, planned: Planned, figures: Mapping[str, Any], seconds: float) -> None:
        """
        Add a finished row and write the file.

        :param planned: which row
        :param figures: of it
        :param seconds: that it took
        :raises OutputError: if the file cannot be written
        """
        which = {name: getattr(planned, name) for name in ("victim", "attack", "eps", "loss", "steps", "side")}
        self.rows[planned.key] = {**which, **figures, "seconds": round(seconds, 1), "commit": self.commit}
        found = {"clean": self.clean, "checks": self.checks, "rows": list(self.rows.values())}
        content = {**self.about, "settings": self.settings, **found}
        try:
            write_text(self.file, json.dumps(content, indent=1))
        except OSError as error:
            raise OutputError(f"{self.file} cannot be written: {error}") from error

    def _read(self, folder: Path) -> None:
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            settings, rows = kept["settings"], kept["rows"]
            names = [field.name for field in fields(Planned)]
            self.rows = {Planned(**{name: row[name] for name in names}).key: row for row in rows}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(
                f"{self.file} is damaged ({type(error).__name__}); remove it, or choose another output", "output"
            ) from error
        self._check_weights(folder, settings)
        for name in sorted(self.settings.keys() | settings.keys()):
            kept_one, asked = settings.get(name), self.settings.get(name)
            if kept_one != asked:
                raise OutputError(
                    f"{folder} has an attack with {name} {kept_one}, not {asked}; give the same, or choose another output", "output"
                )
        self.about = {name: kept.get(name, mine) for name, mine in self.about.items()}

    def _check_weights(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """The networks must be those that were attacked. An older file names their files alone, and goes on doing so."""
        kept, asked = settings.get(NETWORKS), self.settings.get(NETWORKS)
        if not isinstance(kept, dict) or not isinstance(asked, dict) or kept.keys() != asked.keys():
            return  # the comparison of all settings says it
        for name, now in asked.items():
            before = kept[name]
            same = before.get("weights") == now["weights"] if isinstance(before, dict) else before == now["file"]
            if not same:
                raise OutputError(
                    f"{folder} has an attack on {name} with other weights than {now['file']} has now; choose another output",
                    "output",
                )
        self.settings[NETWORKS] = kept
