"""The scores of one run, and the settings that a run shares with its seeds."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any

from ...saliency.errors import first_line
from ..errors import RunFolderError
from ..resuming.progress_csv import ENV_STEPS, SCORE, SECONDS, read_rows
from ..resuming.trained_split import with_trained_split
from ..run_folder import RunFolder
from ..scoring.score_keeper import COUNTED
from ..setup.gazes.gaze_choice import Followed
from ..setup.gazes.gaze_names import name_over_seeds

FORCED = "gaze_kwargs.forced"
WHERE = ("data", "device")  # keyword arguments of an env that say where its data lie and where it computes


@dataclass(frozen=True)
class Score:
    """
    An evaluation during training.

    :param env_steps: of training so far
    :param seconds: since training began, parts of a resumed run added up; None if unknown
    :param mean: of the raw scores
    :param std: of the raw scores
    :param counted: games that count in the mean; None if the log does not say it, as logs before saccade 0.2, which count copies
    """

    env_steps: int
    seconds: float | None
    mean: float
    std: float
    counted: int | None = None


@dataclass(frozen=True)
class Curve:
    """
    The scores of one run.

    :param env: as the run names it
    :param agent: its name
    :param seed: of the run; None if it is not known
    :param run: name of the folder
    :param scores: in order
    :param settings: what may change the results, apart from the seed, {name: value}. Runs that differ here are no seeds of each
        other
    """

    env: str
    agent: str
    seed: Any
    run: str
    scores: Sequence[Score]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> "Curve":
        """
        :param path: of the run folder
        :raises RunFolderError: if the folder is damaged
        """
        folder = RunFolder.check_existing(path)
        content, scores = with_trained_split(folder.read_content()), read_scores(folder)
        options = content["options"]
        for entry, kinds in (("env", str), ("agent", str), ("seed", (int, NoneType))):
            if not isinstance(options.get(entry), kinds):
                raise RunFolderError(f"{path / 'config.yml'} is damaged: options.{entry} is {options[entry]!r}")
        return cls(options["env"], options["agent"], options.get("seed"), path.name, scores, settings_of(content))


def settings_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """
    What may change the results of a run, apart from env, agent and seed.

    These are all hyperparameters, which have the env's keyword arguments and the gaze among them, and whether the arithmetic is
    exact. The length of the run is one of them, because learning rates and exploration fall over it. Left out is what does not
    matter to results: folders, device, Weights & Biases, and how often the run logs, is scored or draws maps. Of an agent that the
    gaze follows, env and agent count, and its seed and its place do not.

    :param content: of config.yml
    :return: {name: value}, nested names with dots
    """
    hyperparameters = flat(content["hyperparameters"])
    kept = {name: value for name, value in hyperparameters.items() if name not in {f"env_kwargs.{where}" for where in WHERE}}
    if Followed.of(kept.get(FORCED)) is not None:
        kept[FORCED] = name_over_seeds(kept[FORCED])
    return {**kept, **({"eager": True} if content["options"].get("eager") else {})}


def flat(nested: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """
    Nested dicts as one.

    :param nested: {name: value or dict}
    :param before: what all names begin with
    :return: {"a.b": value}
    """
    found: dict[str, Any] = {}
    for name, value in nested.items():
        inner = isinstance(value, Mapping) and value
        found |= flat(value, f"{before}{name}.") if inner else {f"{before}{name}": value}
    return found


def read_scores(run: RunFolder) -> list[Score]:
    """
    Evaluations of a run, in order.

    Half a row at the end of the log, which a run may be writing just now, is none.

    :param run: its folder; all parts of a resumed run are read
    :raises RunFolderError: if a row is damaged
    """
    scores: dict[int, Score] = {}
    before = 0.0  # seconds of the parts read so far
    for part in run.progress_files():
        seconds = 0.0
        try:
            for row in read_rows(part)[1]:
                seconds = float(row.get(SECONDS) or seconds)
                if row.get(SCORE):
                    env_steps, mean = int(float(row[ENV_STEPS])), float(row[SCORE])
                    counted = int(float(row[COUNTED])) if row.get(COUNTED) else None
                    scores[env_steps] = Score(env_steps, before + seconds, mean, float(row["eval/score_std"]), counted)
        except (ValueError, TypeError, KeyError, OverflowError, csv.Error) as error:  # a value, or a column, that is none of a log
            raise RunFolderError(f"{part} is damaged ({first_line(error)})") from error
        before += seconds
    return [scores[env_steps] for env_steps in sorted(scores)]
