"""Does the policy act differently without the place that a map points at? A check in the game itself."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..methods.gradient_methods import Method
from ..readers.head import Head
from ..readers.head_reader import head_reader
from ..states.game_checksums import GameChecksums
from ..states.masks import masks_of
from ..states.play import Recollection, act
from .causal.outcome import CausalCheck
from .causal.regions import CONTROLS, TOP, Regions, Seen
from .causal.squares import NOWHERE
from .random_weights.random_layers import unlearned

__all__ = ["CausalCheck", "causal_check"]


def causal_check(
    policy: BasePolicy,
    make_env: Callable[[], VecEnv],
    head: str,
    method: Method,
    steps: int = 1000,
    share: float = 0.05,
    seed: int = 0,
    *,
    controls: Sequence[str] = tuple(CONTROLS),
    sticky: float = 0.25,
) -> CausalCheck:
    """
    Blank out the most salient square of a map, or a control's, and compare actions and rewards.

    Controls are a square elsewhere (at a new place in each step, or one that stays as long as the most salient one), the one in the
    middle, the most salient one of the same network with random weights, that of another game's map, and the one with the most
    contrast. A blank square has the mean grey of the image, channel by channel. Of several images the first one counts. Atrey et
    al. (2020) ask for such interventions, because a map alone proves nothing about the causes of behaviour. Play never shows a
    blank square, so the check tells how the policy responds to something new.

    Every region has its own play of all games, from the same starts. So the cost grows linearly with steps, games and regions: with
    all controls eight plays, and ten maps of all games a step.

    :param policy: that sees images, and acts as ``predict(deterministic=True)`` does
    :param make_env: makes the same envs each time, seeded; they are closed. At least two games
    :param head: name of the head whose map counts
    :param method: of :data:`saccade.saliency.METHODS`
    :param steps: of each env
    :param share: of the image that is blank
    :param seed: of the places elsewhere, the random weights and the repeated actions
    :param controls: the squares that the most salient one is compared with
    :param sticky: probability that a game repeats its last action instead of the new one, so that games differ (Machado et al.
        2018; here by env steps). It happens at the same steps in all plays. Not where the env masks actions
    :raises NoMapError: if no entry of the observations is an image
    :raises NoRoomError: if two squares do not fit into the image
    :raises ValueError: if there is one game only, or no control of a name
    """
    if unknown := set(controls) - set(CONTROLS):
        raise ValueError(f"there is no control {min(unknown)!r}; it must be one of: {', '.join(CONTROLS)}")
    random = unlearned(policy, seed)
    regions, plays = (TOP, *controls), {}
    for region in ("nothing", *regions):
        env = make_env()
        try:
            if env.num_envs < 2:
                raise ValueError("the causal check compares games; make an env of at least 2")
            play = plays[region] = _Play(policy, env, region, regions if region == "nothing" else (), seed, sticky)
            for _ in range(steps):
                play.step(lambda here, obs: Seen(here, obs, method, share, random), head)
        finally:
            env.close()
    normal = plays["nothing"]
    counts = {region: np.where(count > 0, count, np.nan) for region, count in normal.there.items()}
    changed = {region: normal.changed[region] / counts[region] for region in regions}
    beside = {control: normal.beside[control] / counts[control] for control in controls}
    asked = steps * len(normal.rewards)
    returns = {region: play.rewards for region, play in plays.items()}
    games = {region: play.digests() for region, play in plays.items()}
    return CausalCheck(changed, beside, returns, games, steps, 1 - float(normal.there[TOP].sum()) / asked)


class _Play:
    """
    N games with the square of one region blank.

    :param policy: that plays
    :param env: N games
    :param region: that is blank
    :param asked: regions of which this play tells whether the action would be another one
    :param seed: of the places and of the repeated actions
    :param sticky: probability of a repeated action
    """

    def __init__(self, policy: BasePolicy, env: VecEnv, region: str, asked: Sequence[str], seed: int, sticky: float) -> None:
        self.policy, self.env, self.region, self.sticky = policy, env, region, sticky
        self.reader = head_reader(policy)
        # Steps with the square of each region, those of them with another action, and those with another action without the most
        # salient square, which is always there as well.
        self.there, self.changed, self.beside = ({other: np.zeros(env.num_envs) for other in asked} for _ in range(3))
        self.rewards = np.zeros(env.num_envs)
        self._regions, self._repeats = Regions(seed), np.random.default_rng(seed)  # the same repetitions in all plays
        self._games = GameChecksums(env.num_envs)
        self._obs: Any = env.reset()
        self._states: Any = None
        self._start = np.ones(env.num_envs, dtype=bool)
        self._last: np.ndarray | None = None
        self._recollection = Recollection(policy)

    def step(self, look: Callable[[Head, Any], Seen], head: str) -> None:
        """One step of all games."""
        masks = masks_of(self.policy, self.env)
        here = Head(self.policy, head, memory=self._recollection.before(self._start), masks=masks)
        seen = look(here, self._obs)
        shown, before = seen.without(self._regions.corners(self.region, seen)), self._states
        self._recollection.see(shown)
        actions, self._states = act(self.policy, shown, before, self._start, masks)
        differs: dict[str, np.ndarray] = {}
        for other in self.changed:  # the most salient square is the first one
            corners = self._regions.corners(other, seen)
            instead, _ = act(self.policy, seen.without(corners), before, self._start, masks)
            there, differs[other] = corners[:, 0] != NOWHERE, self.reader.differs(actions, instead)
            self.there[other] += there
            self.changed[other] += there & differs[other]
            self.beside[other] += there & differs[TOP]
        repeated = self._repeats.random(len(actions)) < self.sticky
        if self._last is not None and masks is None:
            again = (repeated & ~self._start).reshape(-1, *[1] * (actions.ndim - 1))
            actions = np.where(again, self._last, actions)
        self._last = actions
        for i, action in enumerate(actions):
            self._games.add(i, self._obs, action)
        self._obs, rewards, self._start, _ = self.env.step(actions)
        self.rewards += rewards

    def digests(self) -> tuple[str, ...]:
        """A text for each game, the same for games in which all observations and actions were the same."""
        return self._games.so_far()
