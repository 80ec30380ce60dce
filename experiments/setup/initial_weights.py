"""A new model that begins with the weights of a trained one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm

from ...saliency.errors import SavedPolicyError
from ...saliency.loading.saved_policy import weights_of
from ..errors import ConfigError

MOST_NAMED = 6  # parts that the message names


def begin_with(model: BaseAlgorithm, file: Path) -> str:
    """
    Give a new model the weights of a trained agent, wherever its policy has a weight of the same name and shape. Whatever has no
    such weight stays as it was made, and so do the optimizer, the counters and the random numbers.

    :param model: whose policy has just been made
    :param file: a model's ``.zip``, of any algorithm of SB3; no code in it is run
    :return: what to say: how much was taken, and which parts are new
    :raises ConfigError: if the file cannot be read, or if no weight of it fits but biases, whose few sizes fit by chance
    """
    try:
        trained = weights_of(file)
    except SavedPolicyError as error:
        raise ConfigError(f"names a model that cannot be read: {error}", option="weights_from") from error
    own = model.policy.state_dict(keep_vars=True)
    parameters = {name for name, _ in model.policy.named_parameters()}
    fitting = _fitting(own, trained)
    if not any(own[name].dim() > 1 for name in parameters & fitting.keys()):
        raise ConfigError(
            f"names {file}, but none of its weights has the name and the size of one of this agent's; "
            "take a model with the same policy and the same policy_kwargs",
            option="weights_from",
        )
    begun: dict[str, Any] = {"policy": {name: fitting.get(name, weight.detach()) for name, weight in own.items()}}
    model.set_parameters(begun, exact_match=False, device=model.device)
    taken = sum(own[name].numel() for name in parameters & fitting.keys())
    whole = sum(own[name].numel() for name in parameters)
    new = [name for name in own if name in parameters - fitting.keys()]
    named = ", ".join(new[:MOST_NAMED]) + (f" and {len(new) - MOST_NAMED} more" if len(new) > MOST_NAMED else "")
    return f"begins with {taken:,} of {whole:,} weights of {file}; new: {named or 'none'}"


def _fitting(own: Mapping[str, th.Tensor], trained: Mapping[str, th.Tensor]) -> dict[str, th.Tensor]:
    """
    The trained weight of each name that fits.

    A module that actor and critic share has several names in a policy. In a trained policy that does not share it these are
    different modules, of which the last would be loaded over the others. So all names of one weight get that of the first name
    that fits, which is the actor's.
    """
    chosen: dict[int, th.Tensor] = {}
    for name, weight in own.items():
        if name in trained and trained[name].shape == weight.shape:
            chosen.setdefault(id(weight), trained[name])
    return {name: chosen[id(weight)] for name, weight in own.items() if id(weight) in chosen}
