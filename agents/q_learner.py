"""What Q-learning algorithms on SB3's seams have in common: the order of images in memory, and how they act."""

import numpy as np
import torch as th
from stable_baselines3.common.torch_layers import CombinedExtractor, NatureCNN
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy

from ..policies import NatureConvolutions
from .exploration import epsilon_greedy
from .updates.acceleration import Acceleration
from .updates.channels_last import interleaved
from .updates.loss_descent import LossDescent

ANY_ORDER = (NatureConvolutions, NatureCNN, CombinedExtractor)  # features extractors that take images in any memory order


class QLearner(LossDescent):
    """
    Mixed into an SB3 algorithm with a DQN policy, in front of it: epsilon-greedy ``predict``, and what :class:`LossDescent` brings.
    """

    policy: DQNPolicy
    exploration_rate: float
    compile: bool | None
    autocast: bool | None

    def _setup_learning(self) -> None:
        """Once the policy is there."""
        # Convolutions run faster in this order on CPU and GPU; shapes and saved weights stay as they are. A features extractor that
        # is not known may count on torch's usual order.
        self._interleaves = type(self.policy.q_net.features_extractor) in ANY_ORDER
        for module in self.policy.modules() if self._interleaves else ():
            if isinstance(module, th.nn.Conv2d):
                module.to(memory_format=th.channels_last)  # type: ignore[call-overload]
        self._setup_losses()
        self._acceleration = Acceleration(self.device, self.observation_space, self.compile, self.autocast)

    def _laid_out(self, observations: PyTorchObs) -> PyTorchObs:
        """Observations in the order in memory that suits the network."""
        return interleaved(observations) if self._interleaves else observations

    def _explored(self, greedy: np.ndarray) -> np.ndarray:
        return epsilon_greedy(greedy, self.exploration_rate, int(self.action_space.n))  # type: ignore[attr-defined]

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """
        Greedy actions, each replaced with probability epsilon by a random one unless ``deterministic``.

        :param observation: one observation or a batch
        :param state: passed through, for SB3's signature
        :param episode_start: likewise
        :param deterministic: whether to explore not at all
        :return: actions, and the state
        """
        actions, state = self.policy.predict(observation, state, episode_start, deterministic)
        return actions if deterministic else self._explored(actions), state

    def _excluded_save_params(self) -> list[str]:
        made_anew = [name for name in self.__dict__ if name.startswith("_fast_")]
        return [*super()._excluded_save_params(), "_acceleration", "_interleaves", *made_anew]
