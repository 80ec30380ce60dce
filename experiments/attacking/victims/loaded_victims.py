"""Victims from files: agents with a gaze from run folders, CNNs from the files of their trainings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch as th

from ....envs.counter_random import uniforms
from ....envs.tasks.cluttered_mnist import ClutteredMNIST
from ...errors import ConfigError, RunFolderError
from ...reading.checkpoint_files import NAME, steps_of
from ...run_folder import RunFolder
from ...setup.agent_spec import LOOKING
from ...setup.env_kwargs import COPIES
from ...setup.run_envs import run_env
from ...setup.values.keywords import check_option
from ...whole_image.canvases import digits_game
from ...whole_image.kept_network import kept_network
from ...whole_image.networks import CNN
from .glimpse_victim import GlimpseVictim
from .victim import Victim, WholeImageVictim
from .weights import weights_digest

Looking = Literal["sampled", "mean"]
AttackedSplit = Literal["test", "validation"]


class Loaded(NamedTuple):
    """
    :param victim: the network
    :param game: draws its canvases
    :param file: of its weights
    :param weights: what identifies them, see :func:`.weights.weights_digest`
    :param kind: of network, the same for all seeds, such as ``learned gaze``, ``random gaze``, ``cnn``, ``cnn, blur 2``, ``soft``
    """

    victim: Victim
    game: ClutteredMNIST
    file: Path
    weights: str
    kind: str


class Canvases(NamedTuple):
    """
    :param images: (N, 1, H, W) from 0 to 1
    :param labels: (N,) right answers
    :param items: (N,) which digit of the split each shows; (N, digits) of several digits on a canvas
    :param corners: (N, 2) top left corner (row, column) of the box of the (first) digit
    """

    images: th.Tensor
    labels: th.Tensor
    items: np.ndarray
    corners: th.Tensor


def loaded_victim(path: Path, gaze: Looking, split: AttackedSplit, device: str, trust: bool) -> Loaded:
    """
    A victim from a run folder, from a checkpoint in one, or from the file of a CNN.

    :param path: a run folder, whose newest checkpoint is meant; a file ``.zip`` in its folder ``checkpoints``; or a file ``.pt``
    :param gaze: of an agent: drawn from its distribution, or the mean
    :param split: of the digits
    :param device: of torch, ``cpu`` or ``cuda`` with or without a number
    :param trust: read the checkpoint as SB3 does, which runs the code in it
    :raises ConfigError: if it cannot be attacked
    :raises RunFolderError: if the run folder is damaged, or has no such checkpoint
    :raises OutputError: if the file is not that of a CNN
    """
    if path.suffix == ".pt":
        network, about = kept_network(path, device)
        name = f"{path.absolute().parent.name}/{path.stem}"
        game = _game(about["env"], about["env_kwargs"], split, device)
        return Loaded(WholeImageVictim(name, network), game, path, weights_digest(network), kind_of_network(about))
    folder, asked = run_and_checkpoint(path)
    record = folder.read({"device": device})
    config, hyperparameters = record.config, record.hyperparameters
    if not config.spec.looks:
        raise ConfigError(
            f"{path} was trained with {config.spec.name}, which has no gaze; give a run of an agent with one ({', '.join(LOOKING)})"
        )
    game = _game(config.env, hyperparameters.get("env_kwargs", {}), split, device)
    checkpoint = asked or folder.latest_checkpoint()
    env = run_env(config.env, config.spec, hyperparameters, 1, 0, evaluation=True, split=split, device=device)
    try:
        (how,), (looks,) = env.get_attr("gaze"), env.get_attr("episode_length")
        policy = folder.load_policy(checkpoint, env, device, trust)
    finally:
        env.close()
    at = f" at {steps_of(checkpoint)} env steps" if asked else ""
    name = f"{folder.path.absolute().name}{at}, {'gaze drawn' if gaze == 'sampled' else 'mean gaze'}"
    kind = f"{how.forced or 'learned'} gaze"
    victim = GlimpseVictim(name, policy, how, looks, gaze == "sampled")
    return Loaded(victim, game, checkpoint, weights_digest(policy), kind)


def run_and_checkpoint(path: Path) -> tuple[RunFolder, Path | None]:
    """
    The run folder that is meant, and its checkpoint; None for the newest one.

    :param path: a run folder, or a file such as ``RUN_DIR/checkpoints/step_0000192000.zip``
    :raises RunFolderError: if there is no such run folder or checkpoint
    """
    if path.suffix != ".zip":
        return RunFolder.check_existing(path), None
    file = path.absolute()
    folder = RunFolder(file.parent.parent)
    if file.parent != folder.checkpoints or not NAME.fullmatch(file.name):
        raise RunFolderError(f"{path} is not the checkpoint of a run; give RUN_DIR/checkpoints/step_....zip, or the run folder")
    folder = RunFolder.check_existing(folder.path)
    if not file.is_file():
        kept = ", ".join(each.name for each in folder.kept_checkpoints()) or "none"
        raise RunFolderError(f"{path} does not exist; the run has kept these checkpoints: {kept}")
    return folder, file


def kind_of_network(about: Mapping[str, Any]) -> str:
    """
    The kind of a network on the whole canvas: its name, and how much its canvases are blurred.

    :param about: what identifies its training
    """
    blur = about.get("blur", 0.0)
    return about.get("network", CNN) + (f", blur {blur:g}" if blur else "")


def check_same_canvases(victims: list[Loaded]) -> None:
    """
    :param victims: of one attack
    :raises ConfigError: if two have one name, or were trained on other canvases than the first
    """
    names = [each.victim.name for each in victims]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"names {name} twice; give each network once, in a folder of its own", option="rivals")
    first = victims[0].game.canvas
    for each in victims[1:]:
        canvas = each.game.canvas
        for what in ("size", "distractors", "distractor_size", "n_digits"):
            if getattr(canvas, what) != getattr(first, what):
                raise ConfigError(
                    f"has {each.victim.name}, whose canvases have {what.replace('n_', '')} {getattr(canvas, what)}, but those of "
                    f"{names[0]} have {getattr(first, what)}; all networks must be trained on the same canvases",
                    option="rivals",
                )
        if not th.equal(canvas.images, first.images):
            raise ConfigError(
                f"has {each.victim.name}, which knows another data set than {names[0]}; all must be trained on the same one",
                option="rivals",
            )


def some_canvases(game: ClutteredMNIST, count: int) -> Canvases:
    """
    Canvases of a split, each with another digit; the digits lie evenly over the split. They are those that a CNN is tested on
    (:func:`~saccade.experiments.whole_image.canvases.answered`).

    :param game: draws them
    :param count: N
    :raises ConfigError: if there are not so many digits
    """
    digits = len(game.canvas.labels)
    if not 1 <= count <= digits:
        raise ConfigError(f"is {count}; it must be from 1 to {digits}, the digits of the split", option="canvases")
    numbers = th.arange(count, device=game.device) * digits // count
    one = game.canvas.n_digits == 1
    drawn = uniforms(th.full_like(numbers, -1), numbers, game.draws)
    images, labels, places = game.canvas.draw(drawn, numbers if one else None)
    shown = numbers if one else game.canvas.chosen(drawn)
    return Canvases(images[:, None].float() / 255, labels, shown.cpu().numpy(), places[:, 0])


def _game(env: str, env_kwargs: dict[str, Any], split: AttackedSplit, device: str) -> ClutteredMNIST:
    check_option(split, AttackedSplit, "split")
    game = digits_game(env, {name: value for name, value in env_kwargs.items() if name != COPIES}, split, device)
    if not isinstance(game, ClutteredMNIST) or game.not_yet is not None:
        raise ConfigError(f"{env} cannot be attacked: its things are named one after the other; take canvases with one answer")
    return game
