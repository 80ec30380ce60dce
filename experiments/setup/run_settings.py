"""The settings that a run shares with its seeds."""

import json
from collections.abc import Mapping
from typing import Any

from .gazes.gaze_choice import OTHERS, Followed
from .gazes.gaze_names import name_over_seeds

OF_OTHERS = tuple(f"gaze_kwargs.{name}" for name in OTHERS)
WHERE = ("data", "device")  # keyword arguments of an env that say where its data lie and where it computes


def settings_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """
    What may change the results of a run, apart from env, agent and seed.

    These are all hyperparameters, which have the env's keyword arguments and the gaze among them, and whether the arithmetic is
    exact. The length of the run is one of them, because learning rates and exploration fall over it. Left out is what does not
    matter to results: folders, device, Weights & Biases, and how often the run logs, is scored or draws maps. Of an agent that the
    gaze follows, or that teaches it, env and agent count, and its seed and its place do not; of one whose weights the run began
    with, its env steps count, too.

    :param content: of config.yml
    :return: {name: value}, nested names with dots
    """
    hyperparameters = flat(content["hyperparameters"])
    kept = {name: value for name, value in hyperparameters.items() if name not in {f"env_kwargs.{where}" for where in WHERE}}
    kept |= {name: name_over_seeds(kept[name]) for name in OF_OTHERS if Followed.of(kept.get(name)) is not None}
    kept = {name: value for name, value in kept.items() if name not in OF_OTHERS or value is not None}  # as if it were left out
    begun = content.get("began_with")
    start = {} if begun is None else {"began_with": str(begun)}
    return {**kept, **({"eager": True} if content["options"].get("eager") else {}), **start}


def flat(nested: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """
    Nested dicts as one.

    :param nested: {name: value or dict}
    :param before: what all names begin with
    :return: {"a.b": value}
    """
    found: dict[str, Any] = {}
    for name, value in nested.items():
        inner = isinstance(value, Mapping) and value
        found |= flat(value, f"{before}{name}.") if inner else {f"{before}{name}": value}
    return found


def as_text(settings: Mapping[str, Any]) -> str:
    """One text for the same settings, in whatever order."""
    return json.dumps(dict(settings), sort_keys=True, default=str)
