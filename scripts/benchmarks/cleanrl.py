"""DQN on Atari in one plain loop, as CleanRL's dqn_atari.py does it: the same steps in the same order, in our words."""

import numpy as np
import torch as th
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.utils import get_device
from stable_baselines3.common.vec_env import VecEnv
from torch import nn
from torch.nn import functional as F

TRAIN_FREQUENCY = 4  # env steps
TARGET_FREQUENCY = 1000  # env steps
GAMMA = 0.99
EPSILON = 0.01


class PlainDQN:
    """
    :param env: one Atari game of SB3's wrappers, which CleanRL uses too
    :param device: of torch
    :param batch_size: of an update
    :param buffer_size: of the replay buffer
    """

    def __init__(self, env: VecEnv, device: str, batch_size: int, buffer_size: int) -> None:
        self.env, self.device, self.batch_size = env, get_device(device), batch_size
        self.actions = int(env.action_space.n)  # type: ignore[attr-defined]
        self.q, self.target = (self._network() for _ in range(2))
        self.target.load_state_dict(self.q.state_dict())
        self.optimizer = th.optim.Adam(self.q.parameters(), lr=1e-4)
        self.buffer = ReplayBuffer(
            buffer_size,
            env.observation_space,
            env.action_space,
            self.device,
            optimize_memory_usage=True,
            handle_timeout_termination=False,
        )
        self.obs = env.reset()
        self.steps = 0
        self.rng = np.random.default_rng(0)

    def learn(self, env_steps: int, updates: bool = True) -> int:
        """Play, and update after every fourth env step; returns the env steps."""
        for _ in range(env_steps):
            if self.rng.random() < EPSILON:
                actions = np.array([self.rng.integers(self.actions)])
            else:
                actions = self.q(th.as_tensor(self.obs, device=self.device)).argmax(dim=1).cpu().numpy()
            following, rewards, dones, infos = self.env.step(actions)
            last = np.array(following)
            if dones[0]:
                last[0] = infos[0]["terminal_observation"]
            self.buffer.add(self.obs, last, actions, rewards, dones, infos)  # type: ignore[arg-type]
            self.obs = following
            self.steps += 1
            if updates and self.steps % TRAIN_FREQUENCY == 0:
                self._update()
            if updates and self.steps % TARGET_FREQUENCY == 0:
                self.target.load_state_dict(self.q.state_dict())
        return env_steps

    def _update(self) -> None:
        data = self.buffer.sample(self.batch_size)
        with th.no_grad():
            best = self.target(data.next_observations).max(dim=1).values
            targets = data.rewards.flatten() + GAMMA * best * (1 - data.dones.flatten())
        q = self.q(data.observations).gather(1, data.actions).squeeze(1)
        loss = F.mse_loss(targets, q)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def _network(self) -> nn.Sequential:
        return nn.Sequential(
            _Scaled(),
            nn.Conv2d(4, 32, 8, stride=4),
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, stride=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(3136, 512),
            nn.ReLU(),
            nn.Linear(512, self.actions),
        ).to(self.device)


class _Scaled(nn.Module):
    def forward(self, images: th.Tensor) -> th.Tensor:
        return images / 255.0
