"""The error of a trained agent by the mean number of looks: fixed numbers, and a threshold that validation digits choose."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..errors import ConfigError
from ..scoring.games import EPISODES, EPISODES_AT_ONCE, episodes_of
from ..scoring.multiply_adds import multiply_adds_of_a_look
from ..scoring.scores import Scores
from .played_looks import PlayedLooks, play_looks
from .stop_rules import FIXED, StopPoint, chosen, confident_enough, fixed_numbers

CHOSEN_ON = "validation"
WITHIN = 0.1  # points by which the error may be larger than that of all looks
COLUMNS = (
    "split", "rule", "setting", "mean_looks", "standard_error_of_looks", "error_percent", "standard_error", "multiply_adds",
    "chosen",
)  # fmt: skip
MakeEnv = Callable[[int, str], VecEnv]  # (number of envs, split)


@dataclass(frozen=True)
class StopScores(Scores):
    """
    :param split: that the agent is tested on
    :param episodes: of each split
    :param points: for each split, of all rules and settings
    :param setting: the threshold that was chosen; None if none was good enough
    :param multiply_adds_of_a_look: of the policy
    """

    split: str
    episodes: dict[str, int]
    points: dict[str, list[StopPoint]]
    setting: float | None
    multiply_adds_of_a_look: int

    def found(self) -> dict[str, Any]:
        return {
            "split": self.split,
            "episodes": self.episodes,
            "within": WITHIN,
            "threshold": self.setting,
            "all_looks": self._figures(self.all_looks),
            "stopped": None if self.stopped is None else self._figures(self.stopped),
            "curves": {split: [self._figures(point) for point in points] for split, points in self.points.items()},
        }

    @property
    def all_looks(self) -> StopPoint:
        """The test without a rule: the largest fixed number."""
        return _all_looks(self.points[self.split])

    @property
    def stopped(self) -> StopPoint | None:
        """The test with the chosen threshold."""
        return next((one for one in self.points[self.split] if one.rule != FIXED and one.setting == self.setting), None)

    def text(self) -> str:
        lines = [f"{self.env} after {self.env_steps:,} env steps, {self.split} split, +- is the standard error"]
        lines.append(f"  all looks: {self._told(self.all_looks)}")
        if self.stopped is None:
            lines.append(f"  no threshold of the confidence is within {WITHIN} points of all looks on the {CHOSEN_ON} split")
        else:
            how = f"confidence of {self.setting:g} (chosen on the {CHOSEN_ON} split)"
            lines.append(f"  {how}: {self._told(self.stopped)}")
        return "\n".join(lines)

    def table(self) -> str:
        """All points, as the content of a .csv file."""
        written = io.StringIO()
        rows = csv.DictWriter(written, COLUMNS, lineterminator="\n")
        rows.writeheader()
        for split, points in self.points.items():
            for point in points:
                is_chosen = point.rule != FIXED and point.setting == self.setting
                rows.writerow({"split": split, **self._figures(point), "chosen": int(is_chosen)})
        return written.getvalue()

    def _figures(self, point: StopPoint) -> dict[str, Any]:
        return {**asdict(point), "multiply_adds": round(point.mean_looks * self.multiply_adds_of_a_look)}

    def _told(self, point: StopPoint) -> str:
        error = "" if point.standard_error is None else f" +- {point.standard_error:.2f}"
        arithmetic = round(point.mean_looks * self.multiply_adds_of_a_look)
        return f"{point.error_percent:.2f}{error} % wrong at {point.mean_looks:.2f} looks, {arithmetic:,} multiply-adds"


def stop_curve(
    about: dict[str, Any],
    make_env: MakeEnv,
    load: Callable[[VecEnv], BasePolicy],
    split: str,
    seed: int,
    games: int | None,
    at_once: int = EPISODES_AT_ONCE,
) -> StopScores:
    """
    Play a trained agent on validation digits, choose a threshold there, and test it.

    :param about: of :class:`.Scores`: what is evaluated
    :param make_env: makes its envs
    :param load: its policy, given one of them
    :param split: to test on
    :param seed: of the envs
    :param games: episodes of each split; None for every digit on several canvases
    :param at_once: episodes that are played together, at most
    :raises ConfigError: if the agent decides by itself when it answers, or the env has no label
    """
    policy, each = _policy_and_arithmetic(make_env, load, split)
    played = {one: _played(policy, make_env, one, seed, games, at_once) for one in dict.fromkeys((CHOSEN_ON, split))}
    points = {one: [*fixed_numbers(looks), *confident_enough(looks)] for one, looks in played.items()}
    setting = _setting(points[CHOSEN_ON])
    episodes = {one: looks.right.shape[1] for one, looks in played.items()}
    return StopScores(**about, split=split, episodes=episodes, points=points, setting=setting, multiply_adds_of_a_look=each)


def _setting(points: Sequence[StopPoint]) -> float | None:
    best = chosen([one for one in points if one.rule != FIXED], _all_looks(points).error_percent, WITHIN)
    return None if best is None else best.setting


def _all_looks(points: Sequence[StopPoint]) -> StopPoint:
    return max((one for one in points if one.rule == FIXED), key=lambda one: one.setting)


def _policy_and_arithmetic(make_env: MakeEnv, load: Callable[[VecEnv], BasePolicy], split: str) -> tuple[BasePolicy, int]:
    env = make_env(1, split)
    try:
        if env.has_attr("not_yet") and env.get_attr("not_yet")[0] is not None:
            raise ConfigError(
                "is for agents that take all looks; this one decides by itself when it has seen enough", option="when_to_stop"
            )
        policy = load(env)
        return policy, multiply_adds_of_a_look(policy, env)
    finally:
        env.close()


def _played(policy: BasePolicy, make_env: MakeEnv, split: str, seed: int, games: int | None, at_once: int) -> PlayedLooks:
    env = make_env(min(games or EPISODES, at_once), split)
    try:
        env.seed(seed)
        items = env.get_attr("n_items")[0]
        return play_looks(policy, env, episodes_of(games, items))
    finally:
        env.close()
