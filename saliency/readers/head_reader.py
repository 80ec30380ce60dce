"""Which reader knows a policy's heads."""

from typing import cast

from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.dqn.policies import DQNPolicy

from ...policies import GlimpseDuelingPolicy, GlimpsePolicy
from ..errors import UnknownPolicyError
from .actor_critic_reader import ActorCriticReader
from .actor_q_reader import ActorQPolicy, ActorQReader
from .branch_reader import BranchReader
from .glimpses.eye import Eye
from .glimpses.glimpse_dueling_reader import GlimpseDuelingReader
from .glimpses.glimpse_reader import GlimpseReader
from .own_functions import uncompiled
from .protocol import HeadReader, RecurrentReader
from .q_reader import QReader
from .recurrent_actor_critic import RecurrentActorCriticReader


def head_reader(policy: BasePolicy) -> HeadReader:
    """
    The reader of a policy.

    :param policy: ``model.policy`` of an SB3 model
    :raises UnknownPolicyError: if no heads are known for it
    """
    if isinstance(policy, GlimpseDuelingPolicy):
        return GlimpseDuelingReader(policy)
    if isinstance(policy, DQNPolicy) and isinstance(policy.action_space, spaces.MultiDiscrete):
        return BranchReader(policy)
    if isinstance(policy, DQNPolicy | QRDQNPolicy):
        return QReader(policy)
    if isinstance(policy, ActorQPolicy):
        return ActorQReader(policy)
    if isinstance(policy, GlimpsePolicy):
        return GlimpseReader(policy)
    if isinstance(policy, RecurrentActorCriticPolicy):
        return RecurrentActorCriticReader(policy)
    if isinstance(policy, ActorCriticPolicy | MaskableActorCriticPolicy):
        return ActorCriticReader(policy)  # type: ignore[arg-type]  # the maskable one has all that is read, but not the class
    if isinstance(policy, BaseAlgorithm):
        raise UnknownPolicyError(f"this needs a policy, not a {type(policy).__name__}; give model.policy")
    if isinstance(uncompiled(policy), BasePolicy) and uncompiled(policy) is not policy:
        raise UnknownPolicyError(
            f"this needs the {type(uncompiled(policy)).__name__} itself, not a compiled one; give policy._orig_mod, or compile its "
            "networks and not the policy"
        )
    raise UnknownPolicyError(
        f"no heads are known for {type(policy).__name__}; saliency works with the policies of SB3 and sb3-contrib, other than "
        "that of ARS, and with those of saccade.policies"
    )


def recurrent_reader(policy: BasePolicy) -> RecurrentReader | None:
    """
    The reader of a policy with a memory; None for a policy without one.

    :raises UnknownPolicyError: if no heads are known for the policy
    """
    reader = head_reader(policy)
    return cast(RecurrentReader, reader) if reader.recurrent else None


def eye_of(policy: BasePolicy) -> Eye:
    """
    The reader of a policy that sees through a retina and chooses where to look.

    :raises UnknownPolicyError: if the policy does neither
    """
    reader = head_reader(policy)
    if not reader.chooses_gaze:
        raise UnknownPolicyError(
            "this needs a policy that sees through a retina, such as GlimpsePolicy or GlimpseDuelingPolicy, "
            f"not a {type(policy).__name__}"
        )
    eye = cast(Eye, reader)
    _ = eye.retina  # or it is refused
    return eye
