"""The agents that can be trained by name, one row each."""

from dataclasses import dataclass

from sb3_contrib import RecurrentPPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer

from ...agents import PQN, REINFORCE, DoubleDQN, FrameReplayBuffer, PrioritizedFrameReplayBuffer
from ..errors import ConfigError


@dataclass(frozen=True)
class AgentSpec:
    """
    Everything that differs between agents.

    :param name: as the user says it; hyperparams/ has a file of that name
    :param about: what it is, in a few words
    :param algorithm: class of the SB3 algorithm
    :param replay_buffer: class of the replay buffer; None for agents that learn from fresh play only
    :param looks: whether the agent chooses where to look
    :param remembers: whether the agent has a memory and no gaze, for the suite's tasks of memory
    :param needs_fixed_length: whether all episodes must have the same length
    :param needs_tiles: whether the gaze must be one of a number of tiles
    :param events: what a run draws now and then, each in a folder of that name: maps of the heads (``saliency``), where the agent
        looks (``gaze``)
    :param may_fall: hyperparameters that may fall over the run, such as ``lin_2.5e-4``
    """

    name: str
    about: str
    algorithm: type[BaseAlgorithm]
    replay_buffer: type[ReplayBuffer] | None = None
    looks: bool = False
    remembers: bool = False
    needs_fixed_length: bool = False
    needs_tiles: bool = False
    events: tuple[str, ...] = ("saliency",)
    may_fall: tuple[str, ...] = ("learning_rate",)

    @property
    def takes_env_kwargs(self) -> bool:
        """Whether the envs of the agent take keyword arguments. Such agents play the suite's own tasks."""
        return self.looks or self.remembers


AGENTS = {
    spec.name: spec
    for spec in (
        AgentSpec("pqn", "Q-learning without a replay buffer", PQN),
        AgentSpec("dueling-dqn", "double DQN with a value stream and an advantage stream", DoubleDQN, FrameReplayBuffer),
        AgentSpec("prioritized-dueling-dqn", "dueling-dqn with prioritized replay", DoubleDQN, PrioritizedFrameReplayBuffer),
        AgentSpec("double-dqn", "double DQN with one stream", DoubleDQN, FrameReplayBuffer),
        AgentSpec("soft-attention-pqn", "pqn whose value and advantages attend to places of their own", PQN),
        AgentSpec(
            "glimpse-reinforce",
            "the recurrent attention model: it sees glimpses and chooses where to look",
            REINFORCE,
            looks=True,
            needs_fixed_length=True,
            events=("gaze",),
            may_fall=("learning_rate", "gaze_std", "ent_coef"),
        ),
        AgentSpec(
            "glimpse-ppo",
            "the policy of glimpse-reinforce, trained by recurrent PPO",
            RecurrentPPO,
            looks=True,
            events=("gaze",),
            may_fall=("learning_rate", "clip_range"),
        ),
        AgentSpec(
            "glimpse-pqn",
            "pqn through a fovea: one network says what to do and where to look",
            PQN,
            looks=True,
            needs_tiles=True,
            events=("saliency", "gaze"),
        ),
        AgentSpec(
            "soft-glimpse-pqn",
            "glimpse-pqn whose value and advantages weigh what the eye has seen",
            PQN,
            looks=True,
            needs_tiles=True,
            events=("saliency", "gaze"),
        ),
        AgentSpec(
            "reinforce",
            "a recurrent network without a gaze, which learns from answers and from reward",
            REINFORCE,
            remembers=True,
            needs_fixed_length=True,
            may_fall=("learning_rate", "ent_coef"),
        ),
        AgentSpec(
            "recurrent-ppo",
            "sb3-contrib's recurrent PPO, which learns from reward alone",
            RecurrentPPO,
            remembers=True,
            may_fall=("learning_rate", "clip_range"),
        ),
    )
}
LOOKING = tuple(name for name, spec in AGENTS.items() if spec.looks)
REMEMBERING = tuple(name for name, spec in AGENTS.items() if spec.remembers)
DEFAULT_AGENT, DEFAULT_AGENT_OF_TASKS, DEFAULT_AGENT_OF_MEMORY = "pqn", "glimpse-reinforce", "reinforce"


def default_agent(of_gaze: bool, of_memory: bool) -> str:
    """
    The agent that learns an env if none is named.

    :param of_gaze: whether the env is one of the suite's tasks for a gaze
    :param of_memory: likewise for a memory
    """
    return DEFAULT_AGENT_OF_MEMORY if of_memory else DEFAULT_AGENT_OF_TASKS if of_gaze else DEFAULT_AGENT


def agent_named(name: str) -> AgentSpec:
    """
    The agent of a name.

    :raises ConfigError: if there is none; the message lists all
    """
    if name not in AGENTS:
        raise ConfigError(f"unknown agent {name!r}; it must be one of: {', '.join(AGENTS)}")
    return AGENTS[name]
