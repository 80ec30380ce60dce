"""A gaze that learns from a teacher: imitation, as in Ross et al. (2011, DAgger), while the agent's own choices are carried out."""

from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from .forced_gaze import set_in_policy

ATTRIBUTE = "taught_gaze"  # of saccade.envs.GazeWrapper and VectorGazeWrapper, and of policies
LESSON = "gaze_lesson"  # in their infos; written here again, because agents import nothing of envs
NONE = -1  # where nobody says which choice is right


def hear_of_taught_gaze(model: BaseAlgorithm, env: VecEnv) -> None:
    """
    Tell a policy that the env teaches its gaze. It stays so in an env without a teacher: its outputs for the gaze are still logits,
    and no loss is on them.

    :param model: whose policy it is; one without the attribute is left alone
    :param env: that it learns in
    :raises ValueError: if only some of the envs teach, or if the algorithm takes no lessons; then the policy is as it was
    """
    if not hasattr(model.policy, ATTRIBUTE):
        return
    teach = [bool(each) for each in env.get_attr(ATTRIBUTE)] if env.has_attr(ATTRIBUTE) else []
    if any(teach) and not all(teach):
        raise ValueError(f"{sum(teach)} of {len(teach)} envs teach the gaze; one policy learns in envs that all do, or none")
    taught = any(teach) or bool(model.policy.taught_gaze)
    if taught and not getattr(model, "takes_lessons", False):
        raise ValueError(f"{type(model).__name__} does not learn from a teacher of the gaze; use PQN, or leave taught= out")
    set_in_policy(model, ATTRIBUTE, taught)


def lessons_in(infos: list[dict[str, Any]]) -> np.ndarray:
    """The choices that a teacher would have made, (N,) int64; ``NONE`` where there is none."""
    return np.array([info.get(LESSON, NONE) for info in infos], dtype=np.int64)


def imitation_loss(logits: th.Tensor, lessons: th.Tensor) -> th.Tensor:
    """
    Mean cross-entropy of the teacher's choices.

    :param logits: (B, choices)
    :param lessons: (B,), the teacher's choices; ``NONE`` counts nothing
    :return: (), 0 if there are no lessons at all
    """
    total = F.cross_entropy(logits, lessons, ignore_index=NONE, reduction="sum")
    return total / (lessons != NONE).sum().clamp(min=1)
