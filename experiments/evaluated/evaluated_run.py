"""A run as it is evaluated: who plays in which env, what is counted, and where scores and pictures go."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...saliency.loading.saved_policy import env_steps_of
from ..errors import ConfigError, OutputError
from ..own_output import check_free, is_report
from ..reporting import Reporter
from ..run_folder import RunFolder
from ..run_record import RunRecord
from ..scoring.answers.answer_rate import AnswerRate
from ..scoring.answers.asked import ask_in_turn
from ..scoring.answers.changed_task import changed_task, name_of_change
from ..scoring.answers.naming_rate import NamedThings, NamingRate
from ..scoring.error_rate import ErrorRate, error_figures
from ..scoring.game_kinds import Wanted, games_of_kind
from ..scoring.games import EPISODES, EPISODES_AT_ONCE, episodes_at_once, episodes_of, game_bar, play_in_turn
from ..scoring.multiply_adds import multiply_adds_and_looks
from ..scoring.pictures import draw_gaze_paths, film_gaze, film_play
from ..scoring.played_games import Kind, PlayedGames
from ..scoring.score_table import check_table, keep_report
from ..scoring.scores import GameScores, Scores
from ..setup.agent_spec import LOOKING
from ..setup.env_kwargs import has_splits, known_digits
from ..setup.env_names import gaze_task, is_atari, memory_task
from ..setup.gazes.gaze_choice import GazeChoice, checked_gaze, with_gaze
from ..setup.gazes.gaze_names import name_in_scores
from ..setup.run_envs import run_env

TestedSplit = Literal["test", "validation"]


@dataclass(frozen=True)
class KeptIn:
    """The files of one evaluation."""

    report: Path
    pictures: Path


@dataclass(frozen=True)
class Evaluated:
    """
    A run as it is evaluated.

    :param folder: of the run
    :param record: its configuration
    :param hyperparameters: its own, under the gaze that is asked for
    :param checkpoint: that plays
    :param gaze: as it was asked for
    :param split: of the digits
    :param seed: of the games
    :param changed: keyword arguments of the env that take the place of the run's own
    """

    folder: RunFolder
    record: RunRecord
    hyperparameters: Mapping[str, Any]
    checkpoint: Path
    gaze: GazeChoice | None
    split: TestedSplit
    seed: int
    changed: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        folder: RunFolder,
        gaze: GazeChoice | None,
        split: TestedSplit,
        seed: int,
        device: str,
        reporter: Reporter,
        env_kwargs: Mapping[str, Any],
    ) -> "Evaluated":
        """
        :raises ConfigError: if a gaze is asked of an agent that has none, or a split of an env without digits
        """
        record = folder.read({"device": device})
        spec, hyperparameters = record.config.spec, dict(record.hyperparameters)
        if gaze is not None and not spec.looks:
            raise ConfigError(
                f"is for agents with a gaze ({', '.join(LOOKING)}); {folder.path} was trained with {spec.name}", option="gaze"
            )
        changed = changed_task(record.config.env, env_kwargs)
        if changed:
            hyperparameters["env_kwargs"] = {**hyperparameters["env_kwargs"], **changed}
        if gaze is not None:
            if gaze.startswith("taught"):
                raise ConfigError("is taught in training only; here take learned", option="gaze")
            hyperparameters["gaze_kwargs"] = with_gaze(hyperparameters["gaze_kwargs"], checked_gaze(gaze))
        if split != "test" and not has_splits(record.config.env):
            raise ConfigError(f"is for digits and words; {record.config.env} has no splits", option="split")
        known = known_digits(hyperparameters.get("env_kwargs", {}))
        if known is not None:
            reporter.say(f"warning: {known}")
        return cls(folder, record, hyperparameters, folder.latest_checkpoint(reporter), gaze, split, seed, changed)

    @property
    def is_task(self) -> bool:
        """Whether the env is one of the suite's tasks, where answers are right or wrong."""
        return gaze_task(self.record.config.env) is not None

    @property
    def asks(self) -> bool:
        """Whether the env is one where every step may ask for an answer."""
        return memory_task(self.record.config.env) is not None

    def check_files(self, video_steps: int, force: bool = False, kind: str | None = None) -> KeptIn:
        """
        Where scores and pictures go.

        :param video_steps: 0 if there are no pictures, which then need no room
        :param force: whether files of an earlier evaluation may be replaced
        :param kind: of an evaluation that is not the usual one
        :raises OutputError: if a file is there already, or the folder cannot be written to
        """
        folder = self.folder.path / "evaluation"
        gaze, split = None if self.gaze is None else name_in_scores(self.gaze), None if self.split == "test" else self.split
        others = (gaze, split, name_of_change(self.changed), kind)
        name = "-".join([self.checkpoint.stem, f"seed{self.seed}", *filter(None, others)])
        kept = KeptIn(folder / f"{name}.json", folder / (f"{name}-paths.png" if self.is_task else f"{name}.mp4"))
        for path in (kept.report, *([kept.pictures] if video_steps else [])):
            check_free(path, force, lambda _: is_report(kept.report), instead="seed")
        if not os.access(folder if folder.exists() else self.folder.path, os.W_OK | os.X_OK) or folder.is_file():
            raise OutputError(f"{folder} is not a folder that you may write to; copy the run to one that is, and evaluate the copy")
        if not (self.is_task or self.asks):
            try:
                check_table(self.folder.scores)
            except OSError as error:
                raise OutputError(str(error)) from error
        return kept

    def keep(self, scores: Scores, report: Path) -> None:
        """
        Write the report, and each game into scores.csv.

        :raises OutputError: if one of them cannot be written
        """
        changed = {"env_kwargs": dict(self.changed)} if self.changed else {}
        keep_report(scores, report, self.folder.scores, changed)

    def env(self, n_envs: int, render_mode: str | None = None, sticky_actions: float = 0.0) -> VecEnv:
        """The env that the run is evaluated in."""
        config = self.record.config
        return run_env(
            config.env, config.spec, self.hyperparameters, n_envs, self.seed,
            evaluation=True, render_mode=render_mode, split=self.split, sticky_actions=sticky_actions, device=config.device,
        )  # fmt: skip

    def check_wanted(self, wanted: Wanted) -> None:
        """:raises ConfigError: if chance is asked for in a task that asks for answers"""
        for option in ("sticky_actions", "epsilon"):
            if (self.is_task or self.asks) and getattr(wanted, option) is not None:
                raise ConfigError(f"is for games, and {self.record.config.env} asks for answers", option=option)

    def played(self, wanted: Wanted, device: str, trust: bool, with_bar: bool = False) -> tuple[Scores, BasePolicy]:
        """
        The scores of the games, and the policy that played them.

        :param wanted: which games; tasks that ask for answers take their number alone
        :param device: of torch
        :param trust: whether the checkpoint is read as SB3 does, which runs the code in it
        :param with_bar: whether a progress bar is drawn
        """
        if not (self.is_task or self.asks):
            return self._games(wanted, device, trust, with_bar)
        play = self._asked if self.asks else self._answered
        return play(wanted, device, trust, with_bar)

    def _games(self, wanted: Wanted, device: str, trust: bool, with_bar: bool) -> tuple[GameScores, BasePolicy]:
        name = self.record.config.env
        env = self.env(1)
        try:
            policy = self.folder.load_policy(self.checkpoint, env, device, trust)
        finally:
            env.close()
        wanted.check(name, is_atari(name), policy.action_space)

        def play(kind: Kind, games: int) -> PlayedGames:
            return games_of_kind(policy, kind, games, self.seed, lambda n_envs, sticky: self.env(n_envs, None, sticky), with_bar)

        return GameScores(**self.about(), played=wanted.played(play, is_atari(name), policy.action_space)), policy

    def _answered(self, wanted: Wanted, device: str, trust: bool, with_bar: bool) -> tuple[ErrorRate, BasePolicy]:
        """Episodes of one of the suite's tasks, which are new ones each time."""
        games = wanted.games
        env = self.env(min(games or EPISODES, episodes_at_once(self.hyperparameters["env_kwargs"])))
        try:
            policy = self.folder.load_policy(self.checkpoint, env, device, trust, any_size=True)
            env.seed(self.seed)
            items = env.get_attr("n_items")[0]
            episodes = episodes_of(games, items)
            ends: list[dict[str, Any]] = []
            with game_bar(episodes, with_bar, "episodes") as progress:
                returns, digits = play_in_turn(policy, env, episodes, ends.extend, progress)
        finally:
            env.close()
        split = self.split if has_splits(self.record.config.env) else None
        about = {**self.about(), "episodes": episodes, "split": split, **error_figures(returns, digits)}
        (each, looks), named = multiply_adds_and_looks(policy, self.env(1)), NamedThings.of(ends[:episodes], digits)
        if named is None:
            return ErrorRate(**about, multiply_adds=each * looks), policy
        return NamingRate(**about, multiply_adds=round(each * named.mean_looks), named=named), policy

    def _asked(self, wanted: Wanted, device: str, trust: bool, with_bar: bool) -> tuple[AnswerRate, BasePolicy]:
        """Episodes of a task where every step may ask something."""
        episodes = wanted.games or EPISODES
        env = self.env(min(episodes, EPISODES_AT_ONCE))
        try:
            policy = self.folder.load_policy(self.checkpoint, env, device, trust)
            env.seed(self.seed)
            with game_bar(episodes, with_bar, "episodes") as progress:
                answers = ask_in_turn(policy, env, episodes, progress=progress)
        finally:
            env.close()
        split = self.split if has_splits(self.record.config.env) else None
        return AnswerRate(**self.about(), answers=answers, split=split), policy

    def picture(self, policy: BasePolicy, steps: int, path: Path) -> None:
        """A picture of the gazes in short episodes, else a video."""
        if self.is_task:
            draw_gaze_paths(policy, self.env, self.seed, path)
        elif self.record.config.spec.looks:
            film_gaze(policy, self.env, self.seed, steps, path)
        else:
            film_play(policy, self.env, steps, path)

    def about(self) -> dict[str, Any]:
        """What is evaluated, as scores have it."""
        config = self.record.config
        return {
            "env": config.env,
            "checkpoint": self.checkpoint,
            "env_steps": env_steps_of(self.checkpoint),
            "seed": self.seed,
            "gaze": name_in_scores(self.hyperparameters["gaze_kwargs"].get("forced")) if config.spec.looks else None,
        }
