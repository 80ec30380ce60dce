"""Which actions an env allows, for policies that take masks (MaskablePPO)."""

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.utils import EXPECTED_METHOD_NAME, get_action_masks, is_masking_supported
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..readers.head_reader import head_reader

MASKED = (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)  # actions that sb3-contrib masks


def masks_of(policy: BasePolicy, env: VecEnv) -> th.Tensor | None:
    """
    Which actions an env allows now.

    :param policy: that is to act
    :param env: that waits for actions
    :return: (N, A) bool; None if the policy takes no masks, or the env has none
    """
    return as_masks(get_action_masks(env)) if head_reader(policy).takes_masks and has_masks(env) else None


def has_masks(env: VecEnv) -> bool:
    """
    Whether an env says which actions it allows.

    :param env: any
    """
    if not isinstance(env.action_space, MASKED) or not is_masking_supported(env):
        return False
    return all(callable(masks) for masks in env.get_attr(EXPECTED_METHOD_NAME))  # something else may have the name


def as_masks(given: np.ndarray | th.Tensor) -> th.Tensor:
    """
    Masks as heads and ``predict`` take them.

    :param given: (N, ...) as the env has them
    :return: (N, A) bool
    """
    return th.as_tensor(given).reshape(len(given), -1).bool()


def mask_width(space: spaces.Space) -> int:
    """Marks in a mask, as sb3-contrib has them: of all actions, one after the other, and no and yes of a binary one."""
    if isinstance(space, spaces.MultiDiscrete):
        return int(np.sum(space.nvec))
    return 2 * int(np.prod(space.shape)) if isinstance(space, spaces.MultiBinary) else int(getattr(space, "n", 0))


def allowed_actions(space: spaces.Space, masks: th.Tensor, random: np.random.Generator) -> np.ndarray:
    """
    Random actions among the allowed ones. If an env allows none, as some do at the end of a game, all are drawn from, as
    sb3-contrib does it.

    :param space: of the actions: Discrete, MultiDiscrete or MultiBinary, as masks have them
    :param masks: (N, A); for several actions one after the other, and no and yes for a binary one
    :param random: draws them
    :return: (N,), or (N, K) of K actions
    """
    if isinstance(space, spaces.Discrete):
        return np.array([_drawn(mask, random) for mask in masks.numpy()])
    sizes = space.nvec if isinstance(space, spaces.MultiDiscrete) else np.full(masks.shape[1] // 2, 2)
    ends = np.cumsum(sizes)[:-1]
    return np.array([[_drawn(part, random) for part in np.split(mask, ends)] for mask in masks.numpy()])


def _drawn(mask: np.ndarray, random: np.random.Generator) -> int:
    return int(random.choice(np.flatnonzero(mask if mask.any() else ~mask)))
