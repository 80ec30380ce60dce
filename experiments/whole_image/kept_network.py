"""A CNN from the file that its training keeps."""

from pathlib import Path
from typing import Any

import torch as th
from torch import nn

from ..errors import OutputError
from .canvases import canvas_size, digits_game
from .fitting import has_ended
from .networks import CNN, make_network


def kept_network(file: Path, device: str) -> tuple[nn.Module, dict[str, Any]]:
    """
    The network as its training would test it: where validation errors were watched, the one with the lowest.

    :param file: ``learning-rate-....pt`` in the folder ``checkpoints`` of :func:`~saccade.experiments.train_on_whole_images`
    :param device: of torch
    :return: the network, and what identifies its training: ``env``, ``env_kwargs`` and so on
    :raises OutputError: if there is no such file, it is not one of a CNN's training, or the training has not ended
    :raises ConfigError: if the data of its env are missing
    """
    other = f"{file} is not the file of a CNN that whole_image_cnn keeps with checkpoints"
    try:
        kept = th.load(file, map_location=device, weights_only=True)
    except Exception as error:  # a file of anybody's raises anything; the message names it
        raise OutputError(f"{other}: {error}") from error
    about = kept.get("about") if isinstance(kept, dict) else None
    if not (isinstance(about, dict) and {"env", "env_kwargs"} <= about.keys() and {"network", "best"} <= kept.keys()):
        raise OutputError(other)
    try:
        ended, checked = _ended(kept), bool(kept.get("plateau", {}).get("errors"))
    except (KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise OutputError(f"{other}: it does not say how far its training is") from error
    if not ended:
        raise OutputError(
            f"{file} is of a training that has not ended after {kept['done']:,} updates; start whole_image_cnn again with the same "
            "arguments, and it goes on to the end"
        )
    game = digits_game(about["env"], about["env_kwargs"], None, device)
    kind, given, blur = about.get("network", CNN), about.get("network_kwargs", {}), about.get("blur", 0.0)
    network = make_network(kind, canvas_size(game), game.n_answers * game.n_classes, game.length, given, blur).to(device)
    try:
        network.load_state_dict(kept["best" if checked else "network"])
    except (RuntimeError, TypeError) as error:  # torch's own words for weights that do not fit
        raise OutputError(f"{other}: {error}") from error
    return network, about


def _ended(kept: dict[str, Any]) -> bool:
    about, plateau = kept["about"], kept.get("plateau")
    checks: int | None = None
    if plateau is not None:
        checks = len(plateau["errors"])  # each check has one
    elif about.get("curve"):
        checks = len(kept["curve"])
    converged = plateau is not None and plateau["converged"]
    return has_ended(kept["done"], about["images"] // about["batch_size"], checks, converged)
