"""What SB3 requires of any VecEnv, checked by playing."""

import numpy as np
from stable_baselines3.common.vec_env import VecEnv


def assert_contract(env: VecEnv, steps: int = 60) -> None:
    """Check the form of observations, rewards, ends of episodes and terminal observations."""
    env.seed(0)
    env.action_space.seed(0)
    assert_of_space(env, env.reset())
    for _ in range(steps):
        obs, rewards, dones, infos = env.step(np.stack([env.action_space.sample() for _ in range(env.num_envs)]))
        assert_of_space(env, obs)
        assert rewards.shape == dones.shape == (env.num_envs,)
        assert rewards.dtype == np.float32
        assert len(infos) == env.num_envs
        for done, info in zip(dones, infos, strict=True):
            assert info["TimeLimit.truncated"] in (False, True)
            assert ("terminal_observation" in info) == done
            if done:
                assert env.observation_space.contains(info["terminal_observation"])


def assert_of_space(env: VecEnv, obs: np.ndarray | dict[str, np.ndarray]) -> None:
    for i in range(env.num_envs):
        one = {key: values[i] for key, values in obs.items()} if isinstance(obs, dict) else obs[i]
        assert env.observation_space.contains(one)
