"""The training of a network that gets whole canvases, to judge agents with a gaze by."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.utils import get_device
from torch import nn

from ...envs.tasks.naming.naming_game import NamingGame
from ...saliency.whole_file import write_text
from ..errors import ConfigError, OutputError
from ..reporting import SILENT, Reporter
from ..scoring.error_rate import error_figures
from ..scoring.multiply_adds import multiply_adds
from ..setup.arguments import as_path
from ..setup.device_and_seed import check_device, check_seed
from ..setup.env_kwargs import known_digits
from ..setup.values.keywords import check_keywords, fits
from .canvases import answered, canvas_size, digits_game
from .fitting import Fitting
from .networks import CNN, check_network, make_network

QUICK = 2_000  # canvases of a quick look at the validation error
LARGEST_BLUR = 20  # pixels; nothing is left of a digit then


@dataclass(frozen=True)
class WholeImageResult:
    """
    :param error_percent: wrong answers, of every test digit on several canvases each; all answers to a canvas must be right
    :param standard_error: of it, clustered by digit, in percent
    :param digits: of the test split; None for canvases with several digits
    :param learning_rate: that was tested: the one with the lowest error in ``validation``
    :param validation: for each rate its ``learning_rate``, ``error_percent`` and ``standard_error`` on the validation digits, the
        ``images`` that it learned from, and with ``early_stop`` whether it has ``converged``. With checks the ``curve`` has the
        ``images`` and ``seconds`` of each, and the ``error_percent`` of some validation digits
    :param seconds: of training all rates and of testing
    :param parameters: of the network
    :param multiply_adds: an image
    """

    error_percent: float
    standard_error: float | None
    digits: int | None
    learning_rate: float
    validation: list[dict[str, Any]]
    seconds: float
    parameters: int
    multiply_adds: int


def train_on_whole_images(
    env: str = "ClutteredMNIST",
    *,
    network: str = CNN,
    network_kwargs: Mapping[str, Any] | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    images: int = 3_000_000,
    batch_size: int = 256,
    learning_rates: Sequence[float] = (2e-3,),
    early_stop: bool = False,
    curve: bool = False,
    blur: float = 0.0,
    seed: int = 0,
    device: str = "auto",
    output: Path | str | None = None,
    checkpoints: Path | str | None = None,
    reporter: Reporter = SILENT,
) -> WholeImageResult:
    """
    Train a network by cross-entropy on whole canvases, once for each learning rate. The one with the lowest error on the validation
    digits is tested on every test digit; the others are not tested.

    :param env: ClutteredMNIST, TranslatedMNIST, DigitPair, DigitSum or HouseNumber. Where several things are named, the network
        has a head for each: for a house number one for each digit and one for the end behind them, each with the end as a class.
    :param network: cnn; or a network that looks several times: window (DRAW's Gaussian filters), bilinear (the retina between
        pixels), soft (soft attention over the map of the CNN's convolutions).
    :param network_kwargs: Keyword arguments of the network, such as scales=4 for a window.
    :param env_kwargs: Keyword arguments of the env, such as size=100 distractors=8 dataset=digits. With split=train+validation
        there is one learning rate and no early_stop, because the validation digits are learned from.
    :param images: Canvases to learn from, for each learning rate.
    :param batch_size: Canvases in an update.
    :param learning_rates: Adam's at the start, one or several; each falls to 0 linearly.
    :param early_stop: Stop each training when its error on the validation digits has stopped falling, after images at the latest.
        The rate is constant then, and falls once to a tenth.
    :param curve: Look at the error on some validation digits from time to time, also without early_stop.
    :param blur: Standard deviation in pixels of a Gaussian blur of the canvases, in training and testing; 0 for none.
    :param seed: Of network and canvases.
    :param device: Device of torch.
    :param output: JSON file to write the result to; it must not exist yet.
    :param checkpoints: Folder for the networks; with it a training that was stopped goes on when it is started again.
    :param reporter: gets the loss and the result
    :raises ConfigError: if an argument cannot be
    :raises OutputError: if the file exists already or cannot be written
    """
    _check_types(locals())
    if images < batch_size or batch_size < 1:
        raise ConfigError("images must be at least batch_size, and batch_size at least 1")
    if not 0 <= blur <= LARGEST_BLUR:
        raise ConfigError(f"is {blur:g}; it must be from 0 to {LARGEST_BLUR} pixels", option="blur")
    file, folder = as_path(output), as_path(checkpoints)
    if file is not None and file.exists():
        raise OutputError(f"{file} exists already; choose another output or remove it")
    if file is not None and not file.absolute().parent.is_dir():
        raise OutputError(f"{file.parent} is not a folder, so {file.name} cannot be written there")
    if not all(0 < rate < inf for rate in learning_rates):
        raise ConfigError(f"is {tuple(learning_rates)}; it must be one or several numbers above 0", option="learning_rates")
    check_seed(seed)
    check_device(device)
    of_network = dict(network_kwargs or {})
    check_network(network, of_network)
    if blur and network != CNN:
        raise ConfigError(f"is for the network {CNN}, not for {network}", option="blur")
    given, on = dict(env_kwargs or {}), str(get_device(device))
    known = known_digits(given)
    if known is not None and (early_stop or len(learning_rates) > 1):
        raise ConfigError(
            f"cannot be {'True' if early_stop else 'several'} with split train+validation, because the validation digits decide, "
            "and the network learns from them; choose with split train, and then train with one rate and without early_stop",
            option="early_stop" if early_stop else "learning_rates",
        )
    learned, validation = digits_game(env, given, None, on), digits_game(env, given, "validation", on)
    if len(set(learning_rates)) < len(learning_rates):
        raise ConfigError(f"is {tuple(learning_rates)}; each rate must be there once", option="learning_rates")
    asked = {"env": env, "env_kwargs": given, "images": images, "batch_size": batch_size, "seed": seed, "early_stop": early_stop}
    if network != CNN or of_network:
        asked |= {"network": network, "network_kwargs": of_network}
    asked |= {"curve": True} if curve else {}
    asked |= {"blur": blur} if blur else {}  # files from before there was a blur go on
    if folder is not None:
        _make(folder)
    if known is not None:
        reporter.say(f"warning: {known}")
    canvas = canvas_size(learned)
    tried: list[dict[str, Any]] = []
    chosen: nn.Module | None = None
    seconds = 0.0
    for rate in learning_rates:
        th.manual_seed(seed)
        made = make_network(network, canvas, learned.n_answers * learned.n_classes, learned.length, of_network, blur).to(on)
        check = partial(_quick_error, made, validation) if early_stop or curve else None
        fitting = Fitting(made, learned, images // batch_size, batch_size, rate, seed, check=check, early_stop=early_stop)
        kept = None if folder is None else folder / f"learning-rate-{rate}.pt"
        fitting.run(reporter, kept, {**asked, "learning_rate": rate})
        seconds += fitting.seconds
        found = error_figures(*answered(made, validation))
        about = {"learning_rate": rate, **{name: found[name] for name in ("error_percent", "standard_error")}}
        converged = None if fitting.plateau is None else fitting.plateau.converged
        tried.append({**about, "images": fitting.done * batch_size, "converged": converged, "curve": fitting.curve})
        ended = {None: "", True: ", converged", False: ", not converged"}[converged]
        reporter.say(f"learning rate {rate:g}: {found['error_percent']:.2f} % of the validation digits wrong{ended}")
        if all(found["error_percent"] < one["error_percent"] for one in tried[:-1]):  # of equal ones the first stays
            chosen, best = made, rate
    assert chosen is not None  # there is at least one rate
    start = time.perf_counter()
    image = th.zeros(1, 1, *canvas, device=on)
    arithmetic = multiply_adds(lambda: chosen(image))
    tested = error_figures(*answered(chosen, digits_game(env, given, "test", on)))
    parameters = sum(p.numel() for p in chosen.parameters())
    seconds += time.perf_counter() - start
    result = WholeImageResult(
        **tested, learning_rate=best, validation=tried, seconds=seconds, parameters=parameters, multiply_adds=arithmetic
    )
    error = "" if result.standard_error is None else f" +- {result.standard_error:.2f}"
    reporter.say(f"{result.error_percent:.2f}{error} % wrong, {arithmetic:,} multiply-adds an image, {parameters:,} parameters")
    if file is not None:
        try:
            write_text(file, json.dumps({"network": network, **asked, "device": device, **asdict(result)}, indent=1))
        except OSError as why:
            raise OutputError(f"{file} cannot be written: {why}") from why
    return result


def _check_types(given: Mapping[str, Any]) -> None:
    """:raises ConfigError: if an argument of :func:`train_on_whole_images` is of another type"""
    check_keywords({name: value for name, value in given.items() if name != "reporter"}, [train_on_whole_images], "the training")
    rates = given["learning_rates"]
    if not isinstance(rates, list | tuple) or not rates or not all(fits(rate, float) for rate in rates):
        raise ConfigError(f"is {rates!r}; it must be a list of one or several numbers above 0", option="learning_rates")


def _quick_error(network: nn.Module, game: NamingGame) -> float:
    """Of a part of the validation digits, in percent."""
    return 100 * (1 - float(answered(network, game, QUICK)[0].mean()))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error}") from error
