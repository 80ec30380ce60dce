"""The error of a run's newest checkpoint by the mean number of looks, kept beside its other evaluations."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...saliency.extras import Extras
from ...saliency.whole_file import write_text
from ..curves.drawing import save
from ..errors import ConfigError, OutputError
from ..own_output import check_free, is_report
from ..reporting import Reporter
from ..run_folder import RunFolder
from ..run_record import RunRecord
from ..scoring.games import episodes_at_once
from ..scoring.scores import Scores
from ..setup.env_kwargs import PRICE
from .stop_curve import StopScores, stop_curve
from .stop_figure import stop_figure


class KeptFiles(Protocol):
    """Where an evaluation is kept."""

    @property
    def report(self) -> Path:
        """The .json file."""


class TestedRun(Protocol):
    """What is asked of a run that is evaluated."""

    @property
    def folder(self) -> RunFolder:
        """Of the run."""

    @property
    def record(self) -> RunRecord:
        """Its configuration."""

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Those that it is evaluated with."""

    @property
    def checkpoint(self) -> Path:
        """That plays."""

    @property
    def split(self) -> Any:
        """That it is tested on."""

    @property
    def seed(self) -> int:
        """Of the episodes."""

    @property
    def is_task(self) -> bool:
        """Whether answers are right or wrong."""

    def about(self) -> dict[str, Any]:
        """What is evaluated, as scores have it."""

    def env(self, n_envs: int) -> VecEnv:
        """The env that it is evaluated in."""

    def check_files(self, video_steps: int, force: bool, kind: str) -> KeptFiles:
        """Where the scores go. :raises OutputError: if they cannot"""

    def keep(self, scores: Scores, report: Path) -> None:
        """Write the report. :raises OutputError: if it cannot be written"""


def evaluate_stops(run: TestedRun, games: int | None, device: str, trust: bool, force: bool, reporter: Reporter) -> StopScores:
    """
    Choose when to stop on validation digits, test it, and keep the scores (.json) and the curve (.csv, .png). An agent that decides
    by itself when it answers has one point.

    :param run: that is evaluated
    :param games: episodes of each split; None for every digit on several canvases
    :param device: of torch
    :param trust: whether a checkpoint may run code
    :param force: whether to replace such an evaluation
    :param reporter: gets the scores
    :raises ConfigError: if the run's env has no answers
    :raises OutputError: if the scores cannot be kept; nothing is played then
    """
    if not run.is_task:
        raise ConfigError(f"is for tasks whose answers are right or wrong; {run.record.config.env} is none", option="when_to_stop")
    report = run.check_files(0, force, "stop").report
    table, picture = report.with_suffix(".csv"), report.with_suffix(".png")
    for file in (table, picture):
        check_free(file, force, lambda _: is_report(report), instead="seed")

    def env_of(n_envs: int, split: str) -> VecEnv:
        other: TestedRun = replace(run, split=split)  # type: ignore[type-var]
        return other.env(n_envs)

    def load(env: VecEnv) -> BasePolicy:
        return run.folder.load_policy(run.checkpoint, env, device, trust, any_size=True)

    at_once = episodes_at_once(run.hyperparameters["env_kwargs"])
    paid = run.record.hyperparameters["env_kwargs"].get(PRICE, 0.0)
    scores = stop_curve(run.about(), env_of, load, run.split, run.seed, games, at_once, paid)
    reporter.say(scores.text())
    run.keep(scores, report)
    try:
        write_text(table, scores.table())
    except OSError as error:
        raise OutputError(f"{table} cannot be written: {error}; the scores are kept in {report}") from error
    reporter.say(f"curve: {table}")
    Extras("a picture of the curve", "the scores are kept").tried(
        lambda: save(picture, stop_figure({run.folder.path.name: scores.found()}, run.split))
    )
    return scores
