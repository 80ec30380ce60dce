"""What figures say of a policy's maps, in words and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .checks.causal_check import CausalCheck
from .checks.trust import FEWEST, LEARNT, Trust, trust_table


@dataclass(frozen=True)
class Explanation:
    """
    :param about: what was explained, and where, in a line
    :param trust: rows, one a head and method
    :param agreement: {head: {(method, method): rank correlation of their maps}}
    :param shares: {head: (C,) share of each frame of a stack in the Jacobian}
    :param lags: {head: (mean lag in steps, mean norm by lag)} of the Jacobian through time
    :param causal: {head: outcome in the game}
    """

    about: str
    trust: Sequence[Trust] = ()
    agreement: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    shares: Mapping[str, np.ndarray] = field(default_factory=dict)
    lags: Mapping[str, tuple[float, np.ndarray]] = field(default_factory=dict)
    causal: Mapping[str, CausalCheck] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """All of it as JSON takes it; what is not defined is null."""
        return {
            "about": self.about,
            "trust": [{**{name: _defined(x) for name, x in asdict(row).items()}, "verdict": row.verdict} for row in self.trust],
            "agreement": {
                head: {f"{a} and {b}": _defined(x) for (a, b), x in pairs.items()} for head, pairs in self.agreement.items()
            },
            "frame_shares": {head: [_defined(x) for x in shares] for head, shares in self.shares.items()},
            "mean_lag": {head: _defined(lag) for head, (lag, _) in self.lags.items()},
            "norm_by_lag": {head: [_defined(x) for x in profile] for head, (_, profile) in self.lags.items()},
            "causal_check": {
                head: {name: _defined(x) for name, x in outcome.figures().items()} for head, outcome in self.causal.items()
            },
        }

    def text(self) -> str:
        """A page in Markdown."""
        parts = [f"# {self.about}"]
        if self.trust:
            parts += ["\n".join(verdict_of(row) for row in self.trust), trust_table(self.trust)]
        for head, pairs in self.agreement.items():
            if pairs:
                parts.append(
                    f"{head}, rank correlation of the methods' maps: "
                    + ", ".join(f"{a} and {b} {x:.2f}" for (a, b), x in pairs.items())
                )
        for head, shares in self.shares.items():
            parts.append(f"{head}, share of each frame, the newest last: " + ", ".join(f"{share:.0%}" for share in shares))
        for head, (lag, profile) in self.lags.items():
            if np.isfinite(lag):
                parts.append(f"{head} looks back {lag:.2f} steps on average, and most at lag {int(np.nanargmax(profile))}.")
        for head, outcome in self.causal.items():
            parts.append(causal_line(head, outcome))
        return "\n\n".join(parts) + "\n"


def verdict_of(row: Trust) -> str:
    """A line on one head's maps by one method, which says what was measured and no more."""
    reason = (
        f"fewer than {FEWEST} places, or the same everywhere, as it is or under random weights"
        if np.isnan(row.random_all)
        else f"rank correlation {row.random_all:.2f} with the map under random weights; below {LEARNT:.2f} passes"
    )
    moved = (
        ""
        if np.isnan(row.deletion)
        else f" Taking places away in its order changes the head {row.deletion:.2f} times as much as in random order."
    )
    return f"- {row.head}, {row.method}: {row.verdict} ({reason}).{moved}"


def causal_line(head: str, outcome: CausalCheck) -> str:
    """What blanking out did, in a line."""
    changed, returns = outcome.changed, outcome.returns
    means = ", ".join(f"{region}: {x.mean():.1f} +- {x.std():.1f}" for region, x in returns.items())
    return (
        f"{head}: with its most salient square blank the action changes in {changed['top']:.1%} of the steps, with an equal "
        f"one elsewhere in {changed['elsewhere']:.1%}. Rewards with nothing blank, the salient square, one elsewhere: {means}."
        + (f" In {outcome.without_map:.1%} of the steps there was no map." if outcome.without_map else "")
    )


def _defined(x: Any) -> Any:
    """As JSON takes it."""
    return x if isinstance(x, str) else float(x) if np.isfinite(x) else None
