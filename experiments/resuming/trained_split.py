"""Which digits an older run was trained with. Until saccade 0.2 there was no validation split."""

from collections.abc import Mapping
from typing import Any

from ..setup.env_kwargs import SPLIT, TO_LEARN_FROM, has_splits

OURS = "saccade-rl"  # our name among the versions in config.yml; saccade 0.1 wrote another
BEFORE_SPLITS = ("0.0.", "0.1.")


def with_trained_split(content: Mapping[str, Any]) -> dict[str, Any]:
    """
    The entries of config.yml with the split that the run was trained with. saccade 0.1 trained with all digits that are
    ``train+validation`` now. From 0.2 on each run of digits says its split.

    :param content: of config.yml; it stays as it is
    :return: the same, with ``split`` among the env's keyword arguments if the run is older and its env has digits
    """
    hyperparameters = content["hyperparameters"]
    env, env_kwargs = content["options"]["env"], hyperparameters.get("env_kwargs")
    if not isinstance(env, str) or not isinstance(env_kwargs, dict) or SPLIT in env_kwargs or not has_splits(env):
        return dict(content)
    split = TO_LEARN_FROM[1] if _is_older(content.get("versions")) else TO_LEARN_FROM[0]
    return {**content, "hyperparameters": {**hyperparameters, "env_kwargs": {**env_kwargs, SPLIT: split}}}


def _is_older(versions: object) -> bool:
    version = versions.get(OURS) if isinstance(versions, Mapping) else None
    return version is None or str(version).startswith(BEFORE_SPLITS)
