"""
The error of a trained agent by the mean number of looks: fixed numbers, and a threshold that validation digits choose. Of an agent
that decides by itself when it answers: what it does.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..scoring.games import EPISODES, EPISODES_AT_ONCE, episodes_of
from ..scoring.multiply_adds import multiply_adds_of_a_look
from ..scoring.scores import Scores
from .own_stops import decides_itself, own_stops
from .played_looks import play_looks
from .stop_rules import FIXED, OWN, StopPoint, chosen, confident_enough, fixed_numbers

CHOSEN_ON = "validation"
WITHIN = 0.1  # points by which the error may be larger than that of all looks
COLUMNS = (
    "split", "rule", "setting", "mean_looks", "standard_error_of_looks", "error_percent", "standard_error", "more_errors",
    "standard_error_of_more", "multiply_adds", "chosen",
)  # fmt: skip
MakeEnv = Callable[[int, str], VecEnv]  # (number of envs, split)


@dataclass(frozen=True)
class StopScores(Scores):
    """
    :param split: that the agent is tested on
    :param episodes: of each split
    :param points: for each split, of all rules and settings
    :param setting: the threshold that was chosen, None if none was good enough; of an agent that decides by itself the price of a
        look in training
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
            "threshold": None if self.decides_itself else self.setting,
            "all_looks": None if self.all_looks is None else self._figures(self.all_looks),
            "stopped": None if self.stopped is None else self._figures(self.stopped),
            "curves": {split: [self._figures(point) for point in points] for split, points in self.points.items()},
        }

    @property
    def decides_itself(self) -> bool:
        """Whether the agent says when it has seen enough."""
        return any(one.rule == OWN for one in self.points[self.split])

    @property
    def all_looks(self) -> StopPoint | None:
        """The test without a rule: the largest fixed number. None for an agent that decides by itself."""
        return None if self.decides_itself else _all_looks(self.points[self.split])

    @property
    def stopped(self) -> StopPoint | None:
        """The test with the chosen threshold, or with the agent's own choice."""
        return next((one for one in self.points[self.split] if one.rule != FIXED and one.setting == self.setting), None)

    def text(self) -> str:
        lines = [f"{self.env} after {self.env_steps:,} env steps, {self.split} split, +- is the standard error"]
        if self.all_looks is not None:
            lines.append(f"  all looks: {self._told(self.all_looks)}")
        if self.decides_itself and self.stopped is not None:
            lines.append(f"  its own choice (a look cost {self.setting:g} in training): {self._told(self.stopped)}")
        elif self.stopped is None:
            lines.append(f"  no threshold of the confidence is within {WITHIN} points of all looks on the {CHOSEN_ON} split")
        else:
            how = f"confidence of {self.setting:g} (chosen on the {CHOSEN_ON} split)"
            lines.append(f"  {how}: {self._told(self.stopped)}")
            more, error = self.stopped.more_errors, self.stopped.standard_error_of_more
            if more is not None and error is not None:
                lines.append(f"  that is {more:+.2f} +- {error:.2f} points more wrong than all looks at the same canvases")
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
    look_price: float = 0.0,
) -> StopScores:
    """
    Play a trained agent on validation digits, choose a threshold there, and test it. An agent that decides by itself when it
    answers needs no threshold; it is played on both splits.

    :param about: of :class:`.Scores`: what is evaluated
    :param make_env: makes its envs
    :param load: its policy, given one of them
    :param split: to test on
    :param seed: of the envs
    :param games: episodes of each split; None for every digit on several canvases
    :param at_once: episodes that are played together, at most
    :param look_price: that the agent paid in training, if it decides by itself
    :raises ConfigError: if the env has no label
    """
    policy, each = _policy_and_arithmetic(make_env, load, split)
    points, episodes = {}, {}
    for one in dict.fromkeys((CHOSEN_ON, split)):
        points[one], episodes[one] = _played(policy, make_env, one, seed, games, at_once, look_price)
    own = points[split][0].rule == OWN
    setting = look_price if own else _setting(points[CHOSEN_ON])
    return StopScores(**about, split=split, episodes=episodes, points=points, setting=setting, multiply_adds_of_a_look=each)


def _setting(points: Sequence[StopPoint]) -> float | None:
    best = chosen([one for one in points if one.rule != FIXED], _all_looks(points).error_percent, WITHIN)
    return None if best is None else best.setting


def _all_looks(points: Sequence[StopPoint]) -> StopPoint:
    return max((one for one in points if one.rule == FIXED), key=lambda one: one.setting)


def _policy_and_arithmetic(make_env: MakeEnv, load: Callable[[VecEnv], BasePolicy], split: str) -> tuple[BasePolicy, int]:
    env = make_env(1, split)
    try:
        policy = load(env)
        return policy, multiply_adds_of_a_look(policy, env)
    finally:
        env.close()


def _played(
    policy: BasePolicy, make_env: MakeEnv, split: str, seed: int, games: int | None, at_once: int, look_price: float
) -> tuple[list[StopPoint], int]:
    """The points of a split, and of how many episodes they are."""
    env = make_env(min(games or EPISODES, at_once), split)
    try:
        env.seed(seed)
        episodes = episodes_of(games, env.get_attr("n_items")[0])
        if decides_itself(env):
            return [own_stops(policy, env, episodes, look_price)], episodes
        looks = play_looks(policy, env, episodes)
        return [*fixed_numbers(looks), *confident_enough(looks)], looks.right.shape[1]
    finally:
        env.close()
