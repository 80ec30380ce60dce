"""The named scalars of a policy that can be differentiated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch as th
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy

from .actor_critic_reader import ActorCriticHeads
from .evaluation_mode import evaluating
from .q_reader import QHeads


class HeadReader(Protocol):
    """What a family of policies can be asked about. A memory is None wherever the policy has none."""

    recurrent: bool

    def names(self) -> tuple[str, ...]: ...

    def shown(self) -> tuple[str, ...]: ...

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor: ...

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor: ...

    def values(self, obs: PyTorchObs, choice: th.Tensor | None, memory: th.Tensor | None) -> dict[str, th.Tensor]: ...


@dataclass(frozen=True)
class Head:
    """
    One head of a policy: a function of observations (B, ...), as the policy's networks take them, that returns (B,).

    A head such as ``action`` speaks of the action that the policy likes best where it is asked. :meth:`at` ties it to the action
    chosen at some observations, so that changed versions of them are asked about the same one.

    :param policy: in evaluation mode whenever it is asked
    :param name: of the head
    :param choice: (B, ...) which action it speaks of, as :meth:`at` fills it in; None: the best one of each observation
    :param memory: (B, M, H) what a recurrent policy remembers before each observation; None: nothing, an episode's start
    """

    policy: BasePolicy
    name: str
    choice: th.Tensor | None = None
    memory: th.Tensor | None = None

    def __call__(self, obs: PyTorchObs) -> th.Tensor:
        with evaluating(self.policy):
            return head_values(self.policy, obs, self.choice, self.memory)[self.name]

    def at(self, obs: PyTorchObs) -> "Head":
        """
        The head, tied to what the policy chooses at these observations.

        :param obs: (B, ...)
        """
        if self.choice is not None:
            return self
        with evaluating(self.policy), th.inference_mode(False), th.no_grad():
            return replace(self, choice=head_reader(self.policy).choice(obs, self.memory))

    def rows(self, rows: th.Tensor) -> "Head":
        """
        The head for other observations, made of some of those it is tied to.

        :param rows: (N,) which one each is made of
        """
        choice = None if self.choice is None else self.choice[rows]
        return replace(self, choice=choice, memory=None if self.memory is None else self.memory[rows])


def heads(policy: BasePolicy) -> dict[str, Head]:
    """
    What a policy can be asked about, by name.

    ===========================  ==================================================================
    DQN, QR-DQN                  ``q`` Q(s, a*) for the greedy action a* (the mean of its
                                 quantiles); ``gap`` Q(s, a*) minus that of the second best;
                                 ``q_0``, ``q_1`` ... of each action
    dueling DQN, PQN             besides ``value`` V(s), ``advantage`` A(s, a*) with mean 0 over
                                 the actions, and ``advantage_0`` ...; q = V + A
    PPO, A2C, RecurrentPPO       ``value``; for discrete actions ``action``, the log-probability of
    (actor-critics)              the most likely one, ``entropy``, and log-probabilities
                                 ``action_0`` ...; for continuous ones the means ``action_0`` ...
    glimpse policy               ``class``, the log-probability of the most likely action;
                                 ``gaze_x`` and ``gaze_y``, the mean of where to look next, as an
                                 action has it (with tiles ``gaze``, the log-probability of the
                                 most likely tile); ``value``; ``class_0`` ...
    ===========================  ==================================================================

    A recurrent policy is asked at the start of an episode, unless the head gets a ``memory``.

    :param policy: ``model.policy`` of an SB3 model
    :return: {name: head}
    :raises TypeError: if the policy has no head known here
    """
    return {name: Head(policy, name) for name in head_names(policy)}


def head_reader(policy: BasePolicy) -> HeadReader:
    """
    What knows a policy's heads.

    :raises TypeError: if nothing does
    """
    if isinstance(policy, DQNPolicy | QRDQNPolicy):
        return QHeads(policy)
    if isinstance(policy, ActorCriticPolicy | MaskableActorCriticPolicy):
        return ActorCriticHeads(policy)  # type: ignore[arg-type]  # the maskable one has all that is read, but not the class
    raise TypeError(
        f"no heads are known for {type(policy).__name__}; saliency works with the policies of DQN, QR-DQN, PPO, A2C "
        "and RecurrentPPO, and with those of saccade.policies"
    )


def head_names(policy: BasePolicy) -> tuple[str, ...]:
    """
    Names of all heads.

    :param policy: as for :func:`heads`
    """
    return head_reader(policy).names()


def shown_heads(policy: BasePolicy, wanted: Sequence[str] | None = None) -> tuple[str, ...]:
    """
    Names of the heads to be shown, in that order.

    :param policy: as for :func:`heads`
    :param wanted: by the user; None for the main ones
    :raises ValueError: if the policy has no head of a wanted name
    """
    reader = head_reader(policy)
    if wanted is None:
        return reader.shown()
    known = reader.names()
    if isinstance(wanted, str) or not wanted or not all(isinstance(name, str) for name in wanted):
        raise ValueError("heads are given by name, one at least, such as ('value',)")
    for name in wanted:
        if name not in known:
            raise ValueError(f"{type(policy).__name__} has no head {name!r}; it has: {', '.join(known)}")
    return tuple(wanted)


def head_values(
    policy: BasePolicy, obs: PyTorchObs, choice: th.Tensor | None = None, memory: th.Tensor | None = None
) -> dict[str, th.Tensor]:
    """
    All heads of a policy from one forward pass.

    :param policy: as for :func:`heads`
    :param obs: batch of observations (B, ...), as the policy's networks take them
    :param choice: as for :class:`Head`
    :param memory: as for :class:`Head`
    :return: {name: (B,)}
    """
    reader = head_reader(policy)
    values = reader.values(obs, choice, memory)
    return {name: values[name] for name in reader.names()}
