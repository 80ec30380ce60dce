"""Models as people save them: every algorithm of SB3 and contrib with a policy, ours, and the usual policy_kwargs."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib import QRDQN, TQC, TRPO, CrossQ, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
from stable_baselines3.common.torch_layers import NatureCNN
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack, VecTransposeImage

from saccade.agents import PQN, DoubleDQN
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy, GlimpsePolicy

VECTOR = spaces.Box(-np.inf, np.inf, (3,), np.float32)
BOUNDED = spaces.Box(np.array([-1, -2, 0]), np.array([1, 2, 5]), dtype=np.float64)
WHOLE = spaces.Box(-3, 4, (2, 2), np.int64)
IMAGE = spaces.Box(0, 255, (36, 36, 1), np.uint8)
LEFT, PUSH = spaces.Discrete(3), spaces.Box(-1, 1, (2,), np.float32)
MIXED = spaces.Dict({"vec": VECTOR, "img": spaces.Box(0, 255, (1, 36, 36), np.uint8), "kind": spaces.Discrete(4)})
IN_ORDER = spaces.Dict([("z", VECTOR), ("a", spaces.MultiBinary([2, 2])), ("m", spaces.MultiDiscrete([3, 2]))])
GLANCE = spaces.Dict({"image": spaces.Box(0, 255, (1, 16, 16), np.uint8), "gaze": spaces.Box(-1, 1, (2,), np.float32)})
SMALL: dict[str, Any] = {"net_arch": [8]}
ROLLOUT = {"n_steps": 8, "batch_size": 8}


class Still(gym.Env):
    """Any spaces; nothing happens."""

    def __init__(self, observed: spaces.Space, chosen: spaces.Space) -> None:
        self.observation_space, self.action_space = observed, chosen

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 0.0, False, False, {}

    def action_masks(self):
        return np.ones(self.action_space.n, bool)


def made(algorithm: Any, policy: Any, observed: spaces.Space, chosen: spaces.Space, **arguments: Any) -> BaseAlgorithm:
    env = Still(deepcopy(observed), deepcopy(chosen))
    return algorithm(policy, env, seed=0, **deepcopy(arguments))  # SB3 changes policy_kwargs


def on_policy(policy: Any, observed: spaces.Space, chosen: spaces.Space, algorithm: Any = PPO, **arguments: Any) -> BaseAlgorithm:
    steps = {"n_steps": 8} if algorithm is A2C else ROLLOUT
    return made(algorithm, policy, observed, chosen, **{"policy_kwargs": SMALL, **steps, **arguments})


def off_policy(algorithm: Any, policy: Any, observed: spaces.Space, chosen: spaces.Space, **arguments: Any) -> BaseAlgorithm:
    return made(algorithm, policy, observed, chosen, **{"policy_kwargs": SMALL, "buffer_size": 4, **arguments})


def stacked() -> BaseAlgorithm:
    env = VecTransposeImage(VecFrameStack(DummyVecEnv([lambda: Still(IMAGE, LEFT)]), 2))
    return PPO("CnnPolicy", env, policy_kwargs={"features_extractor_kwargs": {"features_dim": 8}, "net_arch": []}, **ROLLOUT)


def seeded() -> BaseAlgorithm:
    """The spaces have random generators, and the model has last observations."""
    model = on_policy("MlpPolicy", spaces.Box(0, 1, (2,), np.float32), LEFT)
    model.observation_space.seed(5)
    model.action_space.seed(6)
    model.learn(8)
    return model


MODELS: Mapping[str, Callable[[], BaseAlgorithm]] = {
    "dqn": lambda: off_policy(DQN, "MlpPolicy", VECTOR, LEFT),
    "qrdqn": lambda: off_policy(QRDQN, "MlpPolicy", VECTOR, LEFT, policy_kwargs={"n_quantiles": 5, "net_arch": [8]}),
    "ppo": lambda: on_policy("MlpPolicy", VECTOR, LEFT),
    "a2c": lambda: on_policy("MlpPolicy", VECTOR, LEFT, A2C),
    "trpo": lambda: on_policy("MlpPolicy", BOUNDED, PUSH, TRPO),
    "recurrent-ppo": lambda: on_policy("MlpLstmPolicy", VECTOR, LEFT, RecurrentPPO, policy_kwargs={"lstm_hidden_size": 4}),
    "maskable-ppo": lambda: on_policy("MlpPolicy", VECTOR, LEFT, MaskablePPO),
    "sac": lambda: off_policy(SAC, "MlpPolicy", VECTOR, PUSH),
    "sac-sde": lambda: off_policy(SAC, "MlpPolicy", VECTOR, PUSH, use_sde=True),
    "td3": lambda: off_policy(TD3, "MlpPolicy", VECTOR, PUSH, policy_kwargs={"net_arch": {"pi": [4], "qf": [8]}, "n_critics": 3}),
    "ddpg": lambda: off_policy(DDPG, "MlpPolicy", BOUNDED, PUSH),
    "tqc": lambda: off_policy(TQC, "MlpPolicy", VECTOR, PUSH, policy_kwargs={"n_quantiles": 3, "net_arch": [8]}),
    "crossq": lambda: off_policy(CrossQ, "MlpPolicy", VECTOR, PUSH, policy_kwargs={"net_arch": {"pi": [8], "qf": [8]}}),
    "double-dqn": lambda: off_policy(DoubleDQN, DuelingMlpPolicy, VECTOR, LEFT),
    "pqn": lambda: made(PQN, DuelingMlpPolicy, VECTOR, LEFT, **ROLLOUT),
    "dueling-images": lambda: off_policy(
        DoubleDQN, DuelingCnnPolicy, spaces.Box(0, 255, (1, 36, 36), np.uint8), LEFT, policy_kwargs={"net_arch": [4]}
    ),
    "glimpses": lambda: on_policy(
        GlimpsePolicy,
        GLANCE,
        spaces.MultiDiscrete([3, 4]),
        RecurrentPPO,
        policy_kwargs={"features_extractor_kwargs": {"size": 2, "scales": 1}, "lstm_hidden_size": 4},
    ),
    "separate-layers": lambda: on_policy("MlpPolicy", VECTOR, LEFT, policy_kwargs={"net_arch": {"pi": [4], "vf": [8, 4]}}),
    "activations": lambda: on_policy("MlpPolicy", VECTOR, PUSH, policy_kwargs={**SMALL, "activation_fn": th.nn.ELU}),
    "rmsprop": lambda: on_policy("MlpPolicy", VECTOR, LEFT, A2C, policy_kwargs={"optimizer_class": RMSpropTFLike, **SMALL}),
    "adamw": lambda: off_policy(
        DQN,
        "MlpPolicy",
        VECTOR,
        LEFT,
        policy_kwargs={"optimizer_class": th.optim.AdamW, "optimizer_kwargs": {"weight_decay": 1e-4}, **SMALL},
    ),
    "lambdas": lambda: on_policy("MlpPolicy", VECTOR, LEFT, learning_rate=lambda left: 1e-3 * left, clip_range=lambda left: 0.2),
    "ppo-sde": lambda: on_policy(
        "MlpPolicy",
        VECTOR,
        PUSH,
        use_sde=True,
        policy_kwargs={"log_std_init": np.float32(-2), "ortho_init": False, "activation_fn": th.nn.ReLU, **SMALL},
    ),
    "dict": lambda: on_policy("MultiInputPolicy", MIXED, LEFT, policy_kwargs={"features_extractor_kwargs": {"cnn_output_dim": 8}}),
    "dict-in-order": lambda: on_policy("MultiInputPolicy", IN_ORDER, spaces.MultiDiscrete([2, 3]), A2C),
    "whole-numbers": lambda: on_policy("MlpPolicy", WHOLE, spaces.MultiBinary(3)),
    "counted-from-five": lambda: on_policy("MlpPolicy", spaces.Discrete(6), spaces.Discrete(4, start=5)),
    "stacked-images": stacked,
    "raw-images": lambda: on_policy(
        "CnnPolicy",
        spaces.Box(0, 1, (2, 36, 36), np.float32),
        LEFT,
        policy_kwargs={
            "normalize_images": False,
            "features_extractor_class": NatureCNN,
            "features_extractor_kwargs": {"features_dim": 8, "normalized_image": True},
            "share_features_extractor": False,
        },
    ),
    "seeded": seeded,
}
