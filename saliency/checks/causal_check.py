"""Does what a map points at change what the policy does? A check in the game itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from ...policies import GlimpsePolicy
from ..methods.gradient_methods import Method
from ..methods.strength import strength_of
from ..readers.entries import Entries
from ..readers.head import Head
from ..states.play import Recollection, act

SMALL_CHANGE = 0.05  # of a continuous action's range
REGIONS = ("nothing", "top", "elsewhere")  # that are blanked out


@dataclass(frozen=True)
class CausalCheck:
    """
    :param changed: {"top" or "elsewhere": share of the steps of undisturbed play at which the policy would have acted differently,
        had that region been blank}; of continuous actions by more than 5 % of their range, wherever a gaze goes
    :param returns: {region: (N,) rewards of each env over the same number of steps, the policy seeing that region blank throughout}
    :param without_map: share of the steps of undisturbed play at which the map was zero: nothing is blank then, and they do not
        count in ``changed``
    """

    changed: dict[str, float]
    returns: dict[str, np.ndarray]
    without_map: float = 0.0

    def figures(self) -> dict[str, float]:
        """Means by name."""
        return {
            "without_map": self.without_map,
            **{f"changed_{region}": x for region, x in self.changed.items()},
            **{f"return_{region}": float(x.mean()) for region, x in self.returns.items()},
        }


def causal_check(
    policy: BasePolicy,
    make_env: Callable[[], VecEnv],
    head: str,
    method: Method,
    steps: int = 1000,
    share: float = 0.05,
    seed: int = 0,
) -> CausalCheck:
    """
    Blank out the square that a map finds most salient, or an equal one elsewhere, and see what becomes of actions and rewards.

    A blank region has the mean grey of the whole image, channel by channel. Atrey et al. (2020) ask for such interventions, since a
    map alone proves nothing about what causes behaviour; this one speaks of the response to a blank square, which play never shows.

    :param policy: that sees images, and acts as ``predict(deterministic=True)`` does
    :param make_env: makes the same envs each time, seeded; they are closed
    :param head: name of the head whose map counts
    :param method: of :data:`saccade.saliency.METHODS`
    :param steps: of each env
    :param share: of the image that is blank
    :param seed: of the places elsewhere
    :raises TypeError: if nothing of the observations is an image
    """
    changed, mapped = {"top": 0, "elsewhere": 0}, 0
    returns = {}
    for region in REGIONS:
        random = np.random.default_rng(seed)
        env = make_env()
        try:
            states, start = None, np.ones(env.num_envs, dtype=bool)
            obs: Any = env.reset()
            recollection = Recollection(policy)
            returns[region] = np.zeros(env.num_envs)
            for _ in range(steps):
                blank = _blanked(Head(policy, head, memory=recollection.before(start)), obs, method, share, random)
                seen = obs if region == "nothing" else blank[region]
                recollection.see(seen)
                before = states
                actions, states = act(policy, env, seen, before, start)
                if region == "nothing":
                    mapped += int(blank["found"].sum())
                    for other in changed:
                        instead, _ = act(policy, env, blank[other], before, start)
                        changed[other] += int(_acts_differently(policy, actions, instead).sum())
                obs, rewards, start, _ = env.step(actions)
                returns[region] += rewards
        finally:
            env.close()
    asked = steps * len(returns["nothing"])
    shares = {region: count / mapped if mapped else float("nan") for region, count in changed.items()}
    return CausalCheck(shares, returns, 1 - mapped / asked)


def _acts_differently(policy: BasePolicy, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Which of the actions (N, ...) are others: of continuous ones, those that differ by more than 5 % of their range."""
    if isinstance(policy, GlimpsePolicy):
        return np.rint(a[:, 0]) != np.rint(b[:, 0])  # what it does, wherever it looks next
    space = policy.action_space
    least = SMALL_CHANGE * (space.high - space.low) if isinstance(space, spaces.Box) else 0
    return (np.abs(a.astype(np.float64) - b) > least).reshape(len(a), -1).any(axis=1)


def squares(strength: np.ndarray, share: float, random: np.random.Generator) -> dict[str, np.ndarray]:
    """
    The most salient square of each map, and one elsewhere that does not overlap it; none of either where a map is zero.

    :param strength: (B, H, W)
    :param share: of the image that a square covers
    :param random: picks the one elsewhere
    :return: {"top", "elsewhere": (B, H, W) bool}
    :raises ValueError: if there is no room for two squares
    """
    height, width = strength.shape[1:]
    side = max(round((share * height * width) ** 0.5), 1)
    if side > min(height, width) or 2 * side > max(height, width):
        raise ValueError(f"two squares of {share:.0%} of the image do not fit beside each other into {height}x{width}")
    sums = F.avg_pool2d(th.from_numpy(np.ascontiguousarray(strength))[:, None].double(), side, stride=1)[:, 0].numpy()
    rows, columns = np.divmod(sums.reshape(len(sums), -1).argmax(1), sums.shape[2])
    down, right = np.indices(sums.shape[1:])
    masks = {region: np.zeros(strength.shape, dtype=bool) for region in ("top", "elsewhere")}
    for i, (row, column) in enumerate(zip(rows, columns, strict=True)):
        if not strength[i].max() > 0:  # nor where it is not a number
            continue
        masks["top"][i, row : row + side, column : column + side] = True
        free = np.flatnonzero((np.abs(down - row) >= side) | (np.abs(right - column) >= side))
        if not len(free):
            raise ValueError(f"beside a square of {share:.0%} of the image in its middle no other fits into {height}x{width}")
        other_row, other_column = divmod(int(random.choice(free)), sums.shape[2])
        masks["elsewhere"][i, other_row : other_row + side, other_column : other_column + side] = True
    return masks


def _blanked(head: Head, obs: Any, method: Method, share: float, random: np.random.Generator) -> dict[str, Any]:
    """The observations with each region blank, as the env would give them; and "found", (N,) whether there was a map."""
    entries = Entries.of(head.policy, obs)
    if not entries.images():
        raise TypeError("the causal check blanks out squares of images, and these observations have none")
    key = entries.images()[0]
    image = obs[key] if isinstance(obs, dict) else obs
    strength = strength_of(method(head, obs))
    found: dict[str, Any] = {"found": strength.reshape(len(strength), -1).max(1) > 0}
    for region, mask in squares(strength, share, random).items():
        blank = np.where(mask[:, None], image.mean(axis=(2, 3), keepdims=True), image).astype(image.dtype)
        found[region] = {**obs, key: blank} if isinstance(obs, dict) else blank
    return found
