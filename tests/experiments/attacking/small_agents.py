"""Small agents with a gaze that have learned nothing, and their env."""

from typing import Any

import torch as th

from saccade.envs import GymnasiumVecEnv
from saccade.experiments.attacking.victims.glimpse_victim import GlimpseVictim
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.policies import GlimpsePolicy, Retina

EASY: dict[str, Any] = {"dataset": "digits", "size": 30, "distractors": 1, "glimpses": 4}
SMALL = {
    "lstm_hidden_size": 16,
    "gaze_hidden": 16,
    "features_extractor_kwargs": {"size": 6, "scales": 2, "network": "fc", "features_dim": 32, "what_dim": 32, "where_dim": 16},
}


def small_env(n_envs: int = 6, seed: int = 3, **gaze: Any) -> GymnasiumVecEnv:
    """Every test digit in turn, on small canvases."""
    given = {"first": "center", **gaze}
    return make_gaze_env("ClutteredMNIST", n_envs, seed, EASY, given, evaluation=True)  # type: ignore[return-value]


def small_victim(samples: bool = False, bilinear: bool = False, seed: int = 0, **gaze: Any) -> GlimpseVictim:
    """
    An agent whose gaze and answer depend strongly on what it sees.

    :param samples: whether its gaze is drawn
    :param bilinear: whether its own retina interpolates
    :param seed: of its weights
    :param gaze: for the gaze wrapper
    """
    env = small_env(1, **gaze)
    th.manual_seed(seed)
    policy = GlimpsePolicy(env.observation_space, env.action_space, lambda _: 1e-3, gaze_std=0.1, **SMALL)
    with th.no_grad():
        policy.gaze_net[-1].weight.normal_(std=0.4)
        policy.action_net.weight.normal_(std=0.5)
    if bilinear:
        policy.features_extractor.retina = Retina(6, 2, bilinear=True)
    policy.set_training_mode(False)
    (how,), (looks,) = env.get_attr("gaze"), env.get_attr("episode_length")
    return GlimpseVictim("small", policy, how, looks, samples)


def canvases(count: int = 6) -> tuple[th.Tensor, th.Tensor]:
    """What the env shows, (N, 1, 30, 30) from 0 to 1, and right answers (N,)."""
    env = small_env(count)
    images = th.from_numpy(env.reset()["image"]).float() / 255
    return images, env.get_attr("game")[0].labels
