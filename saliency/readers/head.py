"""The named scalars of a policy that can be differentiated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..errors import UnknownHeadError
from .head_reader import head_reader
from .protocol import HeadReader
from .undisturbed.evaluation_mode import evaluating


@dataclass(frozen=True)
class Head:
    """
    One head of a policy: a function of observations (B, ...), as the policy's networks take them, that returns (B,).

    A head such as ``action`` speaks of the best action at the observations that it is asked about. :meth:`at` ties the head to the
    best action at some observations. It then speaks of that action whatever is changed in them.

    :param policy: in evaluation mode whenever it is asked
    :param name: of the head
    :param choice: (B, ...) the action that the head speaks of, filled in by :meth:`at`; None: the best one of each observation
    :param memory: (B, M, H) the memory of a recurrent policy before each observation; None: the start of an episode
    :param masks: (B, A) bool, which actions the env allows, for a policy that takes masks; None: all
    """

    policy: BasePolicy
    name: str
    choice: th.Tensor | None = None
    memory: th.Tensor | None = None
    masks: th.Tensor | None = None

    @cached_property
    def reader(self) -> HeadReader:
        """What knows the heads of the policy."""
        return head_reader(self.policy)

    def __call__(self, obs: PyTorchObs) -> th.Tensor:
        with evaluating(self.policy):
            return self.reader.values(obs, (self.name,), self.choice, self.memory, self.masks)[self.name]

    def at(self, obs: PyTorchObs) -> "Head":
        """
        The head, tied to what the policy chooses at these observations. A head that is tied already stays as it is.

        :param obs: (B, ...)
        """
        if self.choice is not None:
            return self
        with evaluating(self.policy), th.inference_mode(False), th.no_grad():
            return replace(self, choice=self.reader.choice(obs, self.memory, self.masks))

    def rows(self, rows: th.Tensor) -> "Head":
        """
        The head for other observations, each made of one of those that it is tied to.

        :param rows: (N,) the observation that each is made of
        """
        choice, memory, masks = (None if x is None else x[rows.to(x.device)] for x in (self.choice, self.memory, self.masks))
        return replace(self, choice=choice, memory=memory, masks=masks)


def heads(policy: BasePolicy) -> dict[str, Head]:
    """
    What a policy can be asked about, by name.

    ===========================  ==================================================================
    DQN, QR-DQN                  ``q`` Q(s, a*) for the greedy action a* (the mean of its
                                 quantiles); ``gap`` Q(s, a*) minus that of the second best;
                                 ``q_0``, ``q_1`` ... of each action
    dueling DQN, PQN             also ``value`` V(s), ``advantage`` A(s, a*) with mean 0 over
                                 the actions, and ``advantage_0`` ...; q = V + A
    the same with D branches     ``value``; ``advantage`` of what the first branch chooses,
    (``MultiDiscrete`` actions)  ``advantage_1`` ... of what the others choose, each with mean 0
                                 over its branch; ``q`` V plus all of these; ``gap``; and
                                 ``advantage_0_0``, ``advantage_0_1`` ... of every choice
    GlimpseDuelingPolicy         the same; ``advantage_gaze`` of where it looks next,
                                 ``advantage_action_0`` ... and ``advantage_gaze_0`` ...; a gaze
                                 that the env forces has no heads; those of one that it teaches
                                 are logits, and no part of ``q``
    PPO, A2C, TRPO,              ``value``; for discrete actions ``action``, the log-probability of
    RecurrentPPO, MaskablePPO    the chosen one, ``entropy``, and log-probabilities ``action_0`` ...;
    (actor-critics)              for several discrete or binary ones ``action`` (of all together)
                                 and ``entropy``; for continuous ones the means ``action_0`` ...
    SAC, TD3, DDPG, TQC, CrossQ  ``q`` Q(s, a) of the actor's deterministic action a, the least of
                                 the critics (TQC: the mean of all quantiles), with a held fixed;
                                 ``action_0`` ... the components of a, from -1 to 1
    GlimpsePolicy                ``class``, the log-probability of the most likely action;
                                 ``gaze_x`` and ``gaze_y``, the mean of where to look next, as an
                                 action has it (with tiles ``gaze``, the log-probability of the
                                 most likely tile); ``value``; ``class_0`` ...
    ===========================  ==================================================================

    Values, probabilities and actions are those of the policy's own functions (``predict_values``, ``get_distribution``,
    ``_predict``, its Q-network, its critic), also where a subclass overrides them. A recurrent policy is asked at the start of an
    episode, unless the head gets a ``memory``. A policy of MaskablePPO is asked without masks, unless the head gets ``masks``.

    :param policy: ``model.policy`` of an SB3 model
    :return: {name: head}
    :raises UnknownPolicyError: if no heads are known for the policy
    """
    return {name: Head(policy, name) for name in head_names(policy)}


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
    :raises UnknownHeadError: if the policy has no head of a wanted name
    """
    reader = head_reader(policy)
    if wanted is None:
        return reader.shown()
    known = reader.names()
    if isinstance(wanted, str) or not wanted or not all(isinstance(name, str) for name in wanted):
        raise UnknownHeadError("heads are given by name, at least one, such as ('value',)")
    for name in wanted:
        if name not in known:
            raise UnknownHeadError(f"{type(policy).__name__} has no head {name!r}; it has: {', '.join(known)}")
    return tuple(wanted)


def head_values(
    policy: BasePolicy,
    obs: PyTorchObs,
    choice: th.Tensor | None = None,
    memory: th.Tensor | None = None,
    names: tuple[str, ...] | None = None,
    masks: th.Tensor | None = None,
) -> Mapping[str, th.Tensor]:
    """
    Heads of a policy from one forward pass.

    :param policy: as for :func:`heads`
    :param obs: batch of observations (B, ...), as the policy's networks take them
    :param choice: as for :class:`Head`
    :param memory: as for :class:`Head`
    :param names: of the heads; all by default
    :param masks: as for :class:`Head`
    :return: {name: (B,)}
    """
    reader = head_reader(policy)
    return reader.values(obs, reader.names() if names is None else names, choice, memory, masks)
