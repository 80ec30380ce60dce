"""Episodes of a policy that chooses where to look: the images, the gazes, the beliefs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.utils import obs_as_tensor
from stable_baselines3.common.vec_env import VecEnv

from ..readers.head_reader import eye_of
from ..readers.undisturbed.evaluation_mode import evaluating
from .game_pictures import game_pictures, stacked_pictures
from .names import Names, attribute_of


@dataclass(frozen=True)
class GazeRecord:
    """
    T steps of N envs.

    :param images: (T, N, C, H, W) uint8
    :param gazes: (T, N, 2), where the policy looked at each image
    :param glimpses: (T, N, K * C, g, g) from 0 to 1, what the network saw
    :param beliefs: (T, N, A), how much the policy prefers each action after that glimpse
    :param labels: (N,) right answers, or None
    :param rewards: (T, N) after each action, or None
    :param frames: (T, H, W, 3) uint8, the pictures that the first env draws of itself, or None
    :param action_names: of the actions, in order; empty: they are not known
    :param said: (T, N) int64, where things are named one after the other, the action at each look; None elsewhere
    :param asked: (T, N) int64, likewise the right answer at each look; -1 where nothing is asked
    :param believed: what beliefs are: ``"probability"`` of each action, or its ``"Q"``
    """

    images: np.ndarray
    gazes: np.ndarray
    glimpses: np.ndarray
    beliefs: np.ndarray
    labels: np.ndarray | None = None
    rewards: np.ndarray | None = None
    frames: np.ndarray | None = None
    action_names: tuple[str, ...] = ()
    believed: str = "probability"
    said: np.ndarray | None = None
    asked: np.ndarray | None = None

    @property
    def looks(self) -> np.ndarray:
        """How many looks each episode has, (N,): up to the last answer, where things are named one after the other."""
        steps, count = self.images.shape[:2]
        return np.full(count, steps) if self.asked is None else (self.asked >= 0).sum(0)

    @property
    def answers(self) -> int:
        """How many actions are answers, where things are named one after the other: all but the last one, "not yet"."""
        return self.beliefs.shape[2] - 1

    @property
    def answered(self) -> np.ndarray:
        """Where something was asked and answered, (T, N); only where things are named one after the other."""
        assert self.said is not None
        assert self.asked is not None
        return np.asarray((self.asked >= 0) & (self.said < self.answers))

    def curves(self) -> dict[str, float]:
        """
        The record in numbers.

        :return: ``spread``, the standard deviation of the gazes in half images; ``step_length``, the mean distance between two
            gazes; if the answer is known and beliefs are probabilities, ``belief/glimpse_01`` and so on: the mean probability of
            the right class after so many glimpses. Where things are named one after the other, ``looks``, the mean number up to
            the last answer, and ``right``, the share of right ones among all answers
        """
        moves = np.linalg.norm(np.diff(self.gazes, axis=0), axis=2)
        figures = {"spread": float(self.gazes.std(axis=(0, 1)).mean()), "step_length": float(moves.mean()) if moves.size else 0.0}
        if self.said is not None and self.asked is not None:
            answered = self.answered
            right = float((self.said == self.asked)[answered].mean()) if answered.any() else 0.0
            return {**figures, "looks": float(self.looks.mean()), "right": right}
        if self.labels is not None and self.believed == "probability":
            right = np.take_along_axis(self.beliefs, self.labels[None, :, None], axis=2)[..., 0].mean(1)
            figures |= {f"belief/glimpse_{t + 1:02d}": float(p) for t, p in enumerate(right)}
        return figures


def record_gazes(policy: BasePolicy, env: VecEnv, seed: int, steps: int | None = None) -> GazeRecord:
    """
    Play without exploration.

    :param policy: that plays
    :param env: is seeded and reset; observations are ``{"image", "gaze"}``
    :param seed: of the env
    :param steps: to record; a new episode follows one that ends. None: until the first episode ends
    :raises UnknownPolicyError: if the policy has no retina
    """
    eye = eye_of(policy)
    env.seed(seed)
    obs: Any = env.reset()
    memory = eye.start(env.num_envs)
    starts = np.ones(env.num_envs, dtype=np.float32)
    images: list[np.ndarray] = []
    gazes: list[np.ndarray] = []
    glimpses: list[np.ndarray] = []
    beliefs: list[np.ndarray] = []
    rewards: list[np.ndarray] = []
    frames: list[np.ndarray] = []
    said: list[np.ndarray] = []
    asked: list[np.ndarray] = []
    infos: Any = env.unwrapped.reset_infos
    labels, names_things = None, attribute_of(env, "not_yet") is not None and all("answer" in info for info in infos)
    while steps is None or len(images) < steps:
        with evaluating(policy), th.no_grad():
            seen: Any = obs_as_tensor(obs, policy.device)
            actions, believed, memory = eye.look(seen, memory, th.as_tensor(starts, device=policy.device))
            glimpses.append(eye.glimpse(seen).cpu().numpy())
        images.append(obs["image"].copy())
        gazes.append(obs["gaze"].copy())
        beliefs.append(believed.cpu().numpy())
        if names_things:
            said.append(np.rint(actions[:, 0].cpu().numpy()).astype(np.int64))
            asked.append(np.array([info["answer"] for info in infos]))
        pictures = game_pictures(env)
        frames += [] if pictures is None else pictures[:1]
        obs, gained, dones, ended = env.step(actions.cpu().numpy())
        rewards.append(gained)
        starts = dones.astype(np.float32)
        infos = [again if done else info for info, again, done in zip(ended, env.unwrapped.reset_infos, dones, strict=True)]
        if steps is None and dones.any():
            if all("label" in info for info in ended):
                labels = np.array([info["label"] for info in ended])
            break
    drawn = stacked_pictures(frames, len(images))
    shown, looked, saw, believed_in = (np.stack(x) for x in (images, gazes, glimpses, beliefs))
    names = Names.of(env).actions
    naming = (np.stack(said), np.stack(asked)) if names_things else (None, None)
    return GazeRecord(shown, looked, saw, believed_in, labels, np.stack(rewards), drawn, names, eye.believes_in, *naming)
