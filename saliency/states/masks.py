"""Which actions an env allows, for policies that take masks (MaskablePPO)."""

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..readers.head_reader import head_reader


def masks_of(policy: BasePolicy, env: VecEnv) -> th.Tensor | None:
    """
    Which actions an env allows now.

    :param policy: that is to act
    :param env: that waits for actions
    :return: (N, A) bool; None if the policy takes no masks, or the env has none
    """
    return env_masks(env) if head_reader(policy).takes_masks else None


def env_masks(env: VecEnv) -> th.Tensor | None:
    """
    Which actions an env allows now.

    :param env: that waits for actions
    :return: (N, A) bool; None if the env has no masks
    """
    return as_masks(get_action_masks(env)) if is_masking_supported(env) else None


def as_masks(given: np.ndarray) -> th.Tensor:
    """
    Masks as heads and ``predict`` take them.

    :param given: (N, ...) as the env has them
    :return: (N, A) bool
    """
    return th.as_tensor(np.asarray(given).reshape(len(given), -1).astype(bool))


def allowed_actions(space: spaces.Space, masks: th.Tensor, random: np.random.Generator) -> np.ndarray | None:
    """
    Random actions among the allowed ones.

    :param space: of the actions
    :param masks: (N, A)
    :param random: draws them
    :return: (N,); None if the actions are not a Discrete space, whose masks are no list of actions
    """
    if not isinstance(space, spaces.Discrete):
        return None
    # If an env allows nothing, as some do at the end of a game, sb3-contrib draws from all actions.
    return np.array([random.choice(np.flatnonzero(mask if mask.any() else ~mask)) for mask in masks.numpy()])
