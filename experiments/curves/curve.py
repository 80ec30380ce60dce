"""The scores of one run, with the settings that it shares with its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any

from ...saliency.errors import first_line
from ..errors import RunFolderError
from ..resuming.progress_csv import ENV_STEPS, SCORE, SECONDS, checked_rows
from ..resuming.trained_split import with_trained_split
from ..run_folder import RunFolder
from ..scoring.score_keeper import COUNTED
from ..setup.run_settings import settings_of


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
    :param settings: what may change the results, apart from the seed, {name: value}. Runs that differ here are not seeds of each
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


def read_scores(run: RunFolder) -> list[Score]:
    """
    Evaluations of a run, in order.

    Half a row at the end of the log, which a run may be writing just now, is none.

    :param run: its folder; all parts of a resumed run are read
    :raises RunFolderError: if the log is damaged
    """
    scores: dict[int, Score] = {}
    before = 0.0  # seconds of the parts read so far
    for part in run.progress_files():
        seconds = 0.0
        try:
            for row in checked_rows(part):
                seconds = float(row.get(SECONDS) or seconds)
                if row.get(SCORE):
                    env_steps, mean = int(float(row[ENV_STEPS])), float(row[SCORE])
                    counted = int(float(row[COUNTED])) if row.get(COUNTED) else None
                    scores[env_steps] = Score(env_steps, before + seconds, mean, float(row["eval/score_std"]), counted)
        except OSError as error:
            raise RunFolderError(f"{part} cannot be read: {first_line(error)}") from error
        except (ValueError, TypeError, KeyError, OverflowError) as error:  # a value, or a column, that is none of a log
            raise RunFolderError(f"{part} is damaged ({first_line(error)})") from error
        before += seconds
    return [scores[env_steps] for env_steps in sorted(scores)]


def check_rows(run: RunFolder) -> None:
    """
    Check that the log of a run without scores has rows. Training writes its columns together with the first one.

    :param run: its folder, whose log can be read
    :raises RunFolderError: if there is a log without a whole row
    """
    for part in run.progress_files():
        if not checked_rows(part):
            raise RunFolderError(f"{part} is damaged (it has no whole row)")
