"""What blank squares change, with standard errors over distinct games."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...statistics.bootstrap import Interval, mean_interval
from ...statistics.standard_error import standard_error
from ..markdown import markdown_table
from .regions import SHORT, TITLES, TOP

FEWEST_GAMES = 8  # distinct ones; with fewer there are no intervals, and so nothing is beaten


@dataclass(frozen=True)
class CausalCheck:
    """
    What a blank square changes in N games. A game that went as another one did, step by step, counts once in all figures.

    :param changed: {region: (N,) share of the steps of normal play at which the policy acts differently if that square is blank}.
        Only the steps count that have this square and a most salient one; NaN without such a step. A continuous action is different
        if it moves by more than 5 % of its range. A gaze does not count
    :param beside: {control: (N,) share of the same steps at which the policy acts differently if the most salient square is blank}
    :param returns: {region, or "nothing": (N,) rewards of each game over the same number of steps, with that square blank in every
        observation}
    :param games: {region, or "nothing": (N,) a text for each game, the same for games that went alike}
    :param steps: env steps of each game
    :param without_map: share of the steps of normal play at which the map is zero, or the same everywhere. Nothing is blank then,
        and these steps do not count in ``changed``
    """

    changed: Mapping[str, np.ndarray]
    beside: Mapping[str, np.ndarray]
    returns: Mapping[str, np.ndarray]
    games: Mapping[str, Sequence[str]]
    steps: int
    without_map: float = 0.0

    @property
    def controls(self) -> list[str]:
        """The regions that the most salient square is compared with."""
        return [region for region in self.changed if region != TOP]

    def action_changes(self, region: str) -> np.ndarray:
        """The share of changed actions of each distinct game of normal play."""
        shares = self.changed[region][distinct(self.games["nothing"])]
        return shares[~np.isnan(shares)]

    def rewards(self, region: str) -> np.ndarray:
        """The rewards of each distinct game."""
        return self.returns[region][distinct(self.games[region])]

    def more_changes(self, control: str) -> Interval:
        """
        How much more often the action changes without the most salient square than without a control's, in steps that have both,
        with a 95 % interval over games; it has no ends if there are fewer than eight distinct ones.

        :param control: a region
        """
        found = self.beside[control] - self.changed[control]
        here = distinct(self.games["nothing"])
        return _over_games(found[here][~np.isnan(found[here])])

    def more_reward(self, control: str) -> Interval:
        """
        How much more reward there is without the most salient square than without a control's, game by game, with an interval as
        that of :meth:`more_changes`.

        :param control: a region, or "nothing"
        """
        here = distinct(self.games[TOP], self.games[control])
        return _over_games((self.returns[TOP] - self.returns[control])[here])

    def figures(self) -> dict[str, float]:
        """Means over distinct games by name, with standard errors (``_se``), and differences with the ends of their intervals."""
        found = {"steps": float(self.steps), "without_map": self.without_map}
        for region in self.changed:
            found |= _mean(f"changed_{region}", self.action_changes(region))
        for region in self.returns:
            found |= _mean(f"return_{region}", self.rewards(region))
            found[f"distinct_{region}"] = float(len(self.rewards(region)))
        for control in self.controls:
            found |= _ends(f"changed_top_minus_{control}", self.more_changes(control))
        for control in ["nothing", *self.controls]:
            found |= _ends(f"return_top_minus_{control}", self.more_reward(control))
        return found

    def text(self, head: str) -> str:
        """
        A table in Markdown and what it says.

        :param head: whose maps chose the squares
        """
        about = (
            f"{head}: what a blank square changes in games of {self.steps} steps. +- is the standard error over distinct games, "
            "brackets are 95 % intervals over games. A map that points at causes has more changed actions and less reward at the "
            "most salient square than at all others."
        )
        heads = ("blank square", "action changed", "the top one minus this", "reward", "the top one minus this", "distinct games")
        rows = []
        for region in self.returns:
            changed = _plus_minus(self.action_changes(region), True) if region in self.changed else ""
            more = _bracket(self.more_changes(region), True) if region in self.controls else ""
            reward = "" if region == TOP else _bracket(self.more_reward(region), False)
            rewards = self.rewards(region)
            rows.append([TITLES[region], changed, more, _plus_minus(rewards, False), reward, str(len(rewards))])
        without = [f"In {self.without_map:.1%} of the steps there was no map."] if self.without_map else []
        return "\n\n".join([about, markdown_table(heads, rows), " ".join([self.verdict(head), *without])])

    def verdict(self, head: str) -> str:
        """
        Which controls the most salient square beats, in a line.

        :param head: whose maps chose the squares
        """
        count = len(distinct(self.games["nothing"]))
        if count < FEWEST_GAMES:
            games = f"{count} distinct {'game' if count == 1 else 'games'}"
            return f"{head}: the most salient square cannot be compared with controls: {games}, {FEWEST_GAMES} are needed."
        by_actions = _beaten(self.controls, [control for control in self.controls if self.more_changes(control).low > 0])
        by_reward = _beaten(self.controls, [control for control in self.controls if self.more_reward(control).high < 0])
        return f"{head}: by changed actions the most salient square beats {by_actions}; by lost reward it beats {by_reward}."


def distinct(*games: Sequence[str]) -> np.ndarray:
    """
    The first of all games that went alike.

    :param games: (N,) texts each; games are alike if all of their texts are
    :return: rising indices
    """
    first: dict[tuple[str, ...], int] = {}
    for i, game in enumerate(zip(*games, strict=True)):
        first.setdefault(game, i)
    return np.array(list(first.values()), dtype=int)


def _over_games(x: np.ndarray) -> Interval:
    found = mean_interval(x)
    return found if len(x) >= FEWEST_GAMES else Interval(found.estimate, float("nan"), float("nan"))


def _mean(name: str, x: np.ndarray) -> dict[str, float]:
    return {name: float(x.mean()) if len(x) else float("nan"), f"{name}_se": float(standard_error(x))}


def _ends(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _plus_minus(x: np.ndarray, share: bool) -> str:
    if not len(x):
        return "no map"
    error = float(standard_error(x))
    return _number(float(x.mean()), share) + ("" if np.isnan(error) else f" +- {_number(error, share)}")


def _bracket(x: Interval, share: bool) -> str:
    return x.text(lambda value: _number(value, share))


def _number(x: float, share: bool) -> str:
    return f"{x:.1%}" if share else f"{x:.1f}"


def _beaten(controls: Sequence[str], beaten: Sequence[str]) -> str:
    others = ", ".join(SHORT[control] for control in controls if control not in beaten)
    if not beaten or not others:
        return "all controls" if beaten else "no control"
    return ", ".join(SHORT[control] for control in beaten) + f" (not {others})"
