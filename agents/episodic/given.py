"""What REINFORCE may be given: numbers, policies and envs that fit."""

from typing import Any

from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from ...policies.glimpse_policy import NEEDS_SHARED_LSTM
from ...policies.plain_numbers import check_number
from ..raw_gaze import check_raw_gaze
from ..updates.acceleration import has_bfloat16


def check_given(model: Any, looks: bool) -> None:
    """
    Check what REINFORCE was constructed with.

    :param model: REINFORCE, before it has a policy
    :param looks: whether its policy has a gaze
    :raises ValueError: if a number is out of range, or policy, env or device do not fit
    """
    if not issubclass(model.policy_class, RecurrentActorCriticPolicy):
        raise ValueError(
            "REINFORCE takes saccade.policies.GlimpsePolicy or a recurrent policy of sb3-contrib's kind, such as "
            f"MlpLstmPolicy, not {model.policy_class.__name__}"
        )
    for name in ("reinforce_coef", "early_weight", "gain_coef", "gain_limit", "vf_coef", "max_grad_norm"):
        check_number(name, getattr(model, name), least=0, no_limit=name in ("gain_limit", "max_grad_norm"))
    check_number("gamma", model.gamma, 0, 1)
    for name in ("ent_coef", "gaze_std"):
        if not callable(getattr(model, name)):
            check_number(name, getattr(model, name))
    if not callable(model.gaze_std) and model.gaze_std <= 0:
        raise ValueError(f"gaze_std is {model.gaze_std}; it must be above 0")
    check_number("gaze_samples", model.gaze_samples, whole=True)
    if model.gaze_samples < 1 or (model.env is not None and model.n_envs % model.gaze_samples):
        raise ValueError(f"gaze_samples is {model.gaze_samples}; it must be at least 1 and divide the {model.n_envs} envs")
    _check_updates(model, looks)
    if not looks:
        if model.gaze_samples > 1:
            raise ValueError(f"gaze_samples is {model.gaze_samples}, but {model.policy_class.__name__} has no gaze; leave it out")
        if model.policy_kwargs.get("use_sde"):
            raise ValueError("REINFORCE takes no use_sde; leave it out of policy_kwargs")
        if model.autocast and not has_bfloat16(model.device):  # torch's LSTM fails there, in words that nobody understands
            raise ValueError(
                f"autocast is True, but the device {model.device} has no instructions for bfloat16, which a recurrent layer may "
                "need; leave autocast out"
            )
        return
    if not model.policy_kwargs.get("shared_lstm", True):
        raise ValueError(NEEDS_SHARED_LSTM)
    if "gaze_std" in model.policy_kwargs:
        raise ValueError("gaze_std is in policy_kwargs; give it to REINFORCE directly")
    check_raw_gaze(model._vec_normalize_env)


def _check_updates(model: Any, looks: bool) -> None:
    """
    :param model: REINFORCE
    :param looks: whether its policy has a gaze
    :raises ValueError: if ``batch_size`` or ``n_epochs`` are out of range, or do not fit
    """
    for name in ("batch_size", "n_epochs"):
        if not (name == "batch_size" and model.batch_size is None):
            check_number(name, getattr(model, name), least=1, whole=True)
    if model.batch_size is None and model.n_epochs == 1:
        return
    if looks:
        raise ValueError("batch_size and n_epochs are for recurrent policies without a gaze; leave them out")
    if model.reinforce_coef > 0:
        raise ValueError(
            f"reinforce_coef is {model.reinforce_coef}; several updates on the same episodes need 0, since REINFORCE may learn "
            "only once from what it played"
        )
