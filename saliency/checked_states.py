"""What is known of states, checked once before anybody computes with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from .errors import ObservationError
from .states.masks import as_masks, mask_width
from .states.states import States

COUNTED = ("frames", "phases", "memory", "starts", "masks", "games")  # one for each state


def checked(states: States, policy: BasePolicy) -> States:
    """
    States whose parts fit together. Lists become arrays, and masks of an env become those that heads take.

    :param states: as somebody gave them
    :param policy: that is asked about them
    :raises ObservationError: if a part has not one entry for each state, if games are not whole numbers, or if masks are not of the
        policy's actions
    """
    whole = states.observations
    entries: Mapping[str, Any] = whole if isinstance(whole, Mapping) else {"": whole}
    if not entries or not all(np.ndim(x) for x in entries.values()):
        return states  # whoever asks the policy says what observations must be
    count, parts = len(next(iter(entries.values()))), {name: getattr(states, name) for name in COUNTED}
    known: dict[str, Any] = {name: x if hasattr(x, "shape") else np.asarray(x) for name, x in parts.items() if x is not None}
    every = {**known, **{f"objects[{name!r}]": x for name, x in (states.objects or {}).items()}}
    for name, x in every.items():
        if len(np.shape(x)) == 0 or len(x) != count:
            given = len(x) if np.shape(x) else "no"
            raise ObservationError(f"{name} of the states has {given} entries for {count} states; it must have one for each")
    if (games := known.get("games")) is not None:
        games = known["games"] = np.asarray(games)
        if games.ndim != 1 or games.dtype.kind not in "iu":
            raise ObservationError(
                f"games of the states are {games.dtype}, {games.shape}; they must be whole numbers, one for each state"
            )
    if (masks := known.get("masks")) is not None:
        masks = known["masks"] = as_masks(masks)
        wanted = mask_width(policy.action_space)
        if masks.shape[1] != wanted:
            raise ObservationError(
                f"masks of the states are for {masks.shape[1]} actions, but {policy.action_space} needs {wanted}"
            )
    return replace(states, **known)
