"""Does the policy act differently without the place that a map points at? A check in the game itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from ..axes import as_picture, from_picture
from ..errors import NoMapError, NoRoomError
from ..methods.gradient_methods import Method
from ..methods.map_making import strength_map
from ..readers.entries import Entries
from ..readers.head import Head
from ..readers.head_reader import head_reader
from ..states.play import Recollection, act

REGIONS = ("nothing", "top", "elsewhere")  # that are blanked out


@dataclass(frozen=True)
class CausalCheck:
    """
    What a blank square changes.

    :param changed: {"top" or "elsewhere": share of the steps of normal play at which the policy acts differently if that square is
        blank}. A continuous action is different if it moves by more than 5 % of its range. A gaze does not count
    :param returns: {region: (N,) rewards of each env over the same number of steps, with that region blank in every observation}
    :param without_map: share of the steps of normal play at which the map is zero. Nothing is blank then, and these steps do not
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
    Blank out the most salient square of a map, or a square of the same size elsewhere, and compare actions and rewards.

    A blank square has the mean grey of the image, channel by channel. Of several images the first one counts. Atrey et al. (2020)
    ask for such interventions, because a map alone proves nothing about the causes of behaviour. Play never shows a blank square,
    so the check tells how the policy responds to something new.

    :param policy: that sees images, and acts as ``predict(deterministic=True)`` does
    :param make_env: makes the same envs each time, seeded; they are closed
    :param head: name of the head whose map counts
    :param method: of :data:`saccade.saliency.METHODS`
    :param steps: of each env
    :param share: of the image that is blank
    :param seed: of the places elsewhere
    :raises NoMapError: if no entry of the observations is an image
    :raises NoRoomError: if two squares do not fit into the image
    """
    changed, mapped = {"top": 0, "elsewhere": 0}, 0
    reader = head_reader(policy)
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
                        changed[other] += int(reader.differs(actions, instead).sum())
                obs, rewards, start, _ = env.step(actions)
                returns[region] += rewards
        finally:
            env.close()
    asked = steps * len(returns["nothing"])
    shares = {region: count / mapped if mapped else float("nan") for region, count in changed.items()}
    return CausalCheck(shares, returns, 1 - mapped / asked)


def squares(strength: np.ndarray, share: float, random: np.random.Generator) -> dict[str, np.ndarray]:
    """
    The most salient square of each map, and one elsewhere that does not overlap it. A map of zeros has neither.

    :param strength: (B, H, W)
    :param share: of the image that a square covers
    :param random: picks the one elsewhere
    :return: {"top", "elsewhere": (B, H, W) bool}
    :raises NoRoomError: if two squares do not fit
    """
    height, width = strength.shape[1:]
    side = max(round((share * height * width) ** 0.5), 1)
    if side > min(height, width) or 2 * side > max(height, width):
        raise NoRoomError(f"two squares of {share:.0%} of the image do not fit beside each other into {height}x{width}")
    sums = F.avg_pool2d(th.from_numpy(np.ascontiguousarray(strength))[:, None].double(), side, stride=1)[:, 0].numpy()
    rows, columns = np.divmod(sums.reshape(len(sums), -1).argmax(1), sums.shape[2])
    down, right = np.indices(sums.shape[1:])
    masks = {region: np.zeros(strength.shape, dtype=bool) for region in ("top", "elsewhere")}
    for i, (row, column) in enumerate(zip(rows, columns, strict=True)):
        if not strength[i].max() > 0:  # zero, or not a number
            continue
        masks["top"][i, row : row + side, column : column + side] = True
        free = np.flatnonzero((np.abs(down - row) >= side) | (np.abs(right - column) >= side))
        if not len(free):
            raise NoRoomError(f"beside a square of {share:.0%} of the image in its middle no other fits into {height}x{width}")
        other_row, other_column = divmod(int(random.choice(free)), sums.shape[2])
        masks["elsewhere"][i, other_row : other_row + side, other_column : other_column + side] = True
    return masks


def _blanked(head: Head, obs: Any, method: Method, share: float, random: np.random.Generator) -> dict[str, Any]:
    """The observations with each region blank, in the env's form; and "found", (N,) whether the map is not zero."""
    entries = Entries.of(head.policy, obs)
    if not entries.images():
        raise NoMapError("the causal check blanks out squares of images, and these observations have none")
    key = entries.pictured
    axes, shape = entries.axes[key].letters, entries.shapes[key]
    image = as_picture(obs[key] if isinstance(obs, dict) else obs, axes)
    strength = strength_map(method, head, obs)
    found: dict[str, Any] = {"found": strength.reshape(len(strength), -1).max(1) > 0}
    for region, mask in squares(strength, share, random).items():
        blank = from_picture(np.where(mask[:, None], image.mean(axis=(2, 3), keepdims=True), image), axes, shape).astype(
            image.dtype
        )
        found[region] = {**obs, key: blank} if isinstance(obs, dict) else blank
    return found
