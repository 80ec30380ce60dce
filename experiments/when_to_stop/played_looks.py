"""What an agent would have answered after each look."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.utils import obs_as_tensor
from stable_baselines3.common.vec_env import VecEnv

from ...agents.episodic.told_answers import LABEL
from ...saliency.readers.head_reader import eye_of
from ...saliency.readers.undisturbed.evaluation_mode import evaluating
from ..errors import ConfigError
from ..scoring.shown_digits import shown_digits


@dataclass(frozen=True)
class PlayedLooks:
    """
    T looks in n episodes with one answer each.

    :param confidence: (T, n) probability of the likeliest answer after each look
    :param right: (T, n) bool, whether that answer is right
    :param items: (n,) or (n, digits), which digits each episode showed; None if the env does not say it
    """

    confidence: np.ndarray
    right: np.ndarray
    items: np.ndarray | None

    @property
    def looks(self) -> int:
        """T"""
        return len(self.right)


def play_looks(policy: BasePolicy, env: VecEnv, episodes: int) -> PlayedLooks:
    """
    Play whole episodes without exploration, and note the best answer after each look. The agent is not told to stop, so one play
    serves all rules: up to the look at which a rule stops, the episode is the same.

    :param policy: with a gaze and probabilities of answers
    :param env: is reset; all episodes have the same length, and the info of the last step has the label
    :param episodes: in total
    :raises ConfigError: if the policy has no probabilities, or the env has no label
    """
    eye = eye_of(policy)
    if eye.believes_in != "probability":
        name = type(policy).__name__
        raise ConfigError(f"needs probabilities of answers, and {name} has {eye.believes_in}", option="when_to_stop")
    obs: Any = env.reset()
    memory, starts = eye.start(env.num_envs), np.ones(env.num_envs, dtype=np.float32)
    confidences: list[np.ndarray] = []
    answers: list[np.ndarray] = []
    batches: list[tuple[np.ndarray, np.ndarray]] = []
    items: list[np.ndarray] = []
    while len(batches) * env.num_envs < episodes:
        with evaluating(policy), th.no_grad():
            seen: Any = obs_as_tensor(obs, policy.device)
            actions, beliefs, memory = eye.look(seen, memory, th.as_tensor(starts, device=policy.device))
        best = beliefs.float().max(dim=1)
        confidences.append(best.values.cpu().numpy())
        answers.append(best.indices.cpu().numpy())
        obs, _, dones, infos = env.step(actions.cpu().numpy())
        starts = dones.astype(np.float32)
        if dones.all():
            if not all(LABEL in info for info in infos):
                raise ConfigError("needs an env with one answer to an episode (info['label'])", option="when_to_stop")
            labels = np.array([info[LABEL] for info in infos])
            batches.append((np.stack(confidences), np.stack(answers) == labels))
            confidences, answers = [], []
            shown = shown_digits(infos)
            items += [] if shown is None else [shown]
    confidence, right = (np.concatenate(x, axis=1)[:, :episodes] for x in zip(*batches, strict=True))
    return PlayedLooks(confidence, right, np.concatenate(items)[:episodes] if items else None)
