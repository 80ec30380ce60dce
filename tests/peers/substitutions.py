"""What stands in place of what when the tests of stable-baselines3 and sb3-contrib run on classes of this suite."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import sb3_contrib
import stable_baselines3
import stable_baselines3.common.env_util
import stable_baselines3.her
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from stable_baselines3 import DQN
from stable_baselines3.common import buffers
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.torch_layers import NatureCNN
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

from saccade.agents import PQN, DoubleDQN, FrameReplayBuffer
from saccade.envs import GymnasiumVecEnv
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingMultiInputPolicy, NatureConvolutions
from saccade.saliency import SaliencyCallback
from saccade.saliency.errors import SaliencyError

PEERS = ("stable_baselines3", "sb3_contrib")
SAME_STEP = {"autoreset_mode": AutoresetMode.SAME_STEP}
OF_THE_BUFFER = (  # arguments of DQN that PQN has no use for
    "buffer_size",
    "learning_starts",
    "tau",
    "train_freq",
    "gradient_steps",
    "replay_buffer_class",
    "replay_buffer_kwargs",
    "optimize_memory_usage",
    "n_steps",
    "target_update_interval",
)


class PQNForDQN(PQN):
    """PQN with DQN's arguments. Those of the replay buffer and the target network have no effect."""

    def __init__(self, policy: Any, env: Any, learning_rate: Any = 2.5e-4, **kwargs: Any) -> None:
        kept = {name: value for name, value in kwargs.items() if name not in OF_THE_BUFFER}
        super().__init__(policy, env, learning_rate, **{"batch_size": 32, **kept})


class OneFrameBuffer(FrameReplayBuffer):
    """A whole observation is one frame here, because most of the peers' test envs do not stack frames."""

    def __init__(self, buffer_size: int, observation_space: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(buffer_size, observation_space, *args, frame_channels=observation_space.shape[0], **kwargs)


class AsTheirs(type):
    """What is asked about the class is asked about SB3's buffer."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, ReplayBuffer)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, ReplayBuffer)

    def __getattr__(cls, name: str) -> Any:
        return getattr(ReplayBuffer, name)


class FrameBufferOrTheirs(metaclass=AsTheirs):
    """:class:`OneFrameBuffer` for arrays; SB3's own buffer for what ours refuses."""

    def __new__(cls, buffer_size: int, observation_space: Any, *args: Any, **kwargs: Any) -> ReplayBuffer:  # type: ignore[misc]
        if not getattr(observation_space, "shape", None) or kwargs.get("optimize_memory_usage"):
            return ReplayBuffer(buffer_size, observation_space, *args, **kwargs)
        try:
            return OneFrameBuffer(buffer_size, observation_space, *args, **kwargs)
        except ValueError:
            return ReplayBuffer(buffer_size, observation_space, *args, **kwargs)


class SyncEnvs(GymnasiumVecEnv):
    """Made like a ``DummyVecEnv``."""

    def __init__(self, env_fns: list[Callable[[], Any]]) -> None:
        super().__init__(SyncVectorEnv(env_fns, **SAME_STEP))

    @property
    def envs(self) -> list[Any]:
        """As ``DummyVecEnv.envs``."""
        return self.env.unwrapped.envs  # type: ignore[attr-defined]


class AsyncEnvs(GymnasiumVecEnv):
    """Made like a ``SubprocVecEnv``."""

    def __init__(self, env_fns: list[Callable[[], Any]], start_method: str | None = None) -> None:
        super().__init__(AsyncVectorEnv(env_fns, context=start_method, **SAME_STEP))


class ConvolutionsForNatureCNN(NatureConvolutions):
    """Made like a ``NatureCNN``."""

    def __init__(self, observation_space: Any, features_dim: int = 512, normalized_image: bool = False) -> None:
        super().__init__(observation_space, features_dim=features_dim)


@dataclass
class Uses:
    """How often the test at hand has made an object of ours."""

    count: int = 0


uses = Uses()
after_collection: list[Callable[[], None]] = []  # to be called once the test modules have been imported


def counted(cls: type, method: str = "__init__") -> None:
    """From now on, each call of a method counts as a use."""
    original = getattr(cls, method)

    @wraps(original)
    def counting(*args: Any, **kwargs: Any) -> Any:
        uses.count += 1
        return original(*args, **kwargs)

    setattr(cls, method, counting)


def replace(theirs: object, ours: object) -> None:
    """Put ``ours`` wherever a module of the peers names ``theirs``, and where a function has it as a default."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in PEERS:
            continue
        for attribute, value in list(vars(module).items()):
            if value is theirs:
                setattr(module, attribute, ours)
            elif isinstance(value, type) and value.__module__.split(".")[0] in PEERS:
                for function in vars(value).values():
                    if getattr(function, "__defaults__", None):
                        function.__defaults__ = tuple(ours if given is theirs else given for given in function.__defaults__)


def double_dqn() -> None:
    counted(DoubleDQN)
    replace(DQN, DoubleDQN)


def pqn() -> None:
    counted(PQNForDQN)
    replace(DQN, PQNForDQN)


def dueling_policies() -> None:
    counted(DuelingMlpPolicy)
    ours = {"MlpPolicy": DuelingMlpPolicy, "CnnPolicy": DuelingCnnPolicy, "MultiInputPolicy": DuelingMultiInputPolicy}
    DQN.policy_aliases = dict(ours)
    for name, policy in ours.items():
        setattr(stable_baselines3.dqn, name, policy)
        setattr(stable_baselines3.dqn.policies, name, policy)


def frame_replay_buffer() -> None:
    counted(OneFrameBuffer)
    replace(ReplayBuffer, FrameBufferOrTheirs)
    # The module itself must find its own class again: `super(ReplayBuffer, self)` is written there, and pickle looks there.
    after_collection.append(lambda: setattr(buffers, "ReplayBuffer", ReplayBuffer))


def gymnasium_vec_env() -> None:
    counted(SyncEnvs)
    counted(AsyncEnvs)
    replace(DummyVecEnv, SyncEnvs)
    replace(SubprocVecEnv, AsyncEnvs)


def nature_convolutions() -> None:
    counted(ConvolutionsForNatureCNN)
    replace(NatureCNN, ConvolutionsForNatureCNN)


def saliency_callback() -> None:
    """Every ``learn`` also gets a ``SaliencyCallback``, unless it says that it has no map of this policy."""
    counted(SaliencyCallback, "_make_event")
    original = BaseAlgorithm._init_callback

    def with_ours(self: BaseAlgorithm, *args: Any, **kwargs: Any) -> BaseCallback:
        callback = original(self, *args, **kwargs)
        ours = SaliencyCallback(tempfile.mkdtemp(), trust=False, probe_count=1, video_steps=0)
        try:
            ours.init_callback(self)
        except SaliencyError:
            return callback
        both = CallbackList([callback, ours])
        both.init_callback(self)
        return both

    BaseAlgorithm._init_callback = with_ours  # type: ignore[method-assign]


@dataclass(frozen=True)
class Substitution:
    """
    :param ours: what stands in, as a reader knows it
    :param theirs: in place of what
    :param apply: puts it there, for the rest of the process
    :param mentions: a test is worth running if its source or its id matches this
    :param algorithms: of the tests that are run once for each algorithm, those worth running
    """

    ours: str
    theirs: str
    apply: Callable[[], None]
    mentions: str
    algorithms: tuple[str, ...]


OF_DQN = ("DQN", "DoubleDQN", "PQNForDQN")
WITH_VEC_ENV = (*OF_DQN, "A2C", "PPO", "QRDQN", "RecurrentPPO", "MaskablePPO", "TRPO")
SUBSTITUTIONS = {
    "double-dqn": Substitution("DoubleDQN", "DQN", double_dqn, r"\bDQN\b", OF_DQN),
    "pqn": Substitution("PQN", "DQN", pqn, r"\bDQN\b", OF_DQN),
    "dueling-policies": Substitution("the dueling policies", "DQN's policies", dueling_policies, r"\bDQN\b|dqn", OF_DQN),
    "frame-replay-buffer": Substitution(
        "FrameReplayBuffer",
        "ReplayBuffer",
        frame_replay_buffer,
        r"\bDQN\b|QRDQN|ReplayBuffer|replay_buffer",
        (*OF_DQN, "QRDQN", "SAC"),
    ),
    "gymnasium-vec-env": Substitution(
        "GymnasiumVecEnv",
        "DummyVecEnv, SubprocVecEnv",
        gymnasium_vec_env,
        r"VecEnv|vec_env|Vec\w+\(|model_class|\.learn\(",
        WITH_VEC_ENV,
    ),
    "nature-convolutions": Substitution(
        "NatureConvolutions", "NatureCNN", nature_convolutions, r"Cnn|MultiInput|CombinedExtractor", (*WITH_VEC_ENV, "SAC")
    ),
    "saliency-callback": Substitution(
        "SaliencyCallback in every learn()", "no callback", saliency_callback, r"\.learn\(|model_class", WITH_VEC_ENV
    ),
}
STANDS_FOR = {
    "DoubleDQN": "DQN",
    "PQNForDQN": "DQN",
    "SyncEnvs": "DummyVecEnv",
    "AsyncEnvs": "SubprocVecEnv",
    "FrameBufferOrTheirs": "ReplayBuffer",
}
ALSO_LOADED = sb3_contrib  # its modules name the classes as well
