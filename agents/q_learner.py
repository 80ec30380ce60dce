"""What our Q-learning algorithms share: branches, hearing of the gaze, the memory format of images, epsilon-greedy actions."""

from typing import ClassVar

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import CombinedExtractor, NatureCNN
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy

from ..policies import GlimpseExtractor, HadamaxConvolutions, NatureConvolutions, branch_sizes
from .exploration import epsilon_greedy
from .forced_gaze import hear_of_forced_gaze
from .raw_gaze import check_raw_gaze
from .taught_gaze import hear_of_taught_gaze
from .updates.acceleration import Acceleration
from .updates.channels_last import channels_last
from .updates.loss_descent import LossDescent

# Features extractors that accept channels_last images.
CHANNELS_LAST = (NatureConvolutions, HadamaxConvolutions, NatureCNN, CombinedExtractor)


class ActionSpaceError(ValueError, AssertionError):
    """Actions that an algorithm does not take. It is an AssertionError as well, which SB3 raises then."""


class QLearner(LossDescent):
    """
    Mixin for SB3 algorithms with a DQN policy; name it before the algorithm among the base classes.

    It adds to :class:`LossDescent` an epsilon-greedy ``predict``, the check of an action's branches, what envs say of a gaze that
    they force or teach, and the memory format of images in which convolutions are fastest.
    """

    policy: DQNPolicy
    action_space: spaces.Discrete | spaces.MultiDiscrete
    exploration_rate: float
    exploration_branch_eps: list[float] | None = None
    compile: bool | None
    autocast: bool | None
    takes_lessons: ClassVar[bool] = False  # from a teacher of the gaze

    @property
    def _taught(self) -> tuple[int, ...]:
        """The branches that learn from a teacher and have no part in Q."""
        return getattr(self.policy.q_net, "taught", ())

    def _check_branches(self) -> None:
        """
        To be called before the policy is made.

        :raises ActionSpaceError: if actions are neither Discrete nor MultiDiscrete
        :raises ValueError: if the policy has too few branches for them
        """
        if not isinstance(self.action_space, spaces.Discrete | spaces.MultiDiscrete):
            looks = isinstance(self.observation_space, spaces.Dict) and "gaze" in self.observation_space.spaces
            hint = "; give the GazeWrapper tiles, such as tiles=5" if looks else ""
            name = type(self).__name__
            raise ActionSpaceError(f"{name} takes Discrete or MultiDiscrete actions, and these are {self.action_space}{hint}")
        branches = len(branch_sizes(self.action_space))
        if isinstance(self.action_space, spaces.MultiDiscrete) and not getattr(self.policy_class, "takes_branches", False):
            raise ValueError(
                f"{self.policy_class.__name__} chooses one action, but these actions have {branches} branches "
                f"({self.action_space}); use DuelingCnnPolicy, DuelingMlpPolicy or DuelingMultiInputPolicy of saccade.policies"
            )

    def _hear_of_gaze(self) -> None:
        """
        To be called before learning: a branch that moves a gaze is idle in envs that force it.

        :raises ValueError: if only some of the envs force it or teach it, if the algorithm takes no lessons, or if VecNormalize
            changes the gaze that a retina looks at
        """
        if isinstance(self.policy.q_net.features_extractor, GlimpseExtractor):
            check_raw_gaze(self._vec_normalize_env)
        if self.env is not None:
            hear_of_forced_gaze(self, self.env)
            hear_of_taught_gaze(self, self.env)

    def _setup_learning(self) -> None:
        """To be called once the policy exists."""
        self._branches, self._action_shape = branch_sizes(self.action_space), tuple(self.action_space.shape or ())
        # Convolutions are faster in channels_last, on CPU and GPU. Shapes and saved weights do not change. An unknown features
        # extractor may rely on torch's default format.
        self._channels_last = type(self.policy.q_net.features_extractor) in CHANNELS_LAST
        for module in self.policy.modules() if self._channels_last else ():
            if isinstance(module, th.nn.Conv2d):
                module.to(memory_format=th.channels_last)  # type: ignore[call-overload]
        self._setup_losses()
        self._acceleration = Acceleration(self.device, self.observation_space, self.compile, self.autocast)

    def _in_memory_format(self, observations: PyTorchObs) -> PyTorchObs:
        """Observations in the memory format that the network uses."""
        return channels_last(observations) if self._channels_last else observations

    def _epsilon_greedy(self, greedy: np.ndarray) -> np.ndarray:
        space = self.action_space
        choices = space.nvec if isinstance(space, spaces.MultiDiscrete) else int(space.n)
        floors = self.exploration_branch_eps
        epsilon = self.exploration_rate if floors is None else np.maximum(self.exploration_rate, floors)
        return epsilon_greedy(greedy, epsilon, choices)

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """
        Greedy actions. Unless ``deterministic``, each is replaced by a random one with probability epsilon.

        :param observation: one observation or a batch
        :param state: passed through, for SB3's signature
        :param episode_start: likewise
        :param deterministic: whether to take all actions greedily
        :return: actions, and the state
        """
        actions, state = self.policy.predict(observation, state, episode_start, deterministic)
        return actions if deterministic else self._epsilon_greedy(actions), state

    def _excluded_save_params(self) -> list[str]:
        rebuilt = [name for name in self.__dict__ if name.startswith("_fast_")]
        return [*super()._excluded_save_params(), "_acceleration", "_channels_last", "_branches", "_action_shape", *rebuilt]
