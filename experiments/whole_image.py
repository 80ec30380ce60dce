"""A CNN that sees whole canvases, to judge agents with a gaze by."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch as th
from stable_baselines3.common.utils import get_device
from torch import nn
from torch.nn import functional as F

from ..agents.updates.acceleration import Acceleration
from ..envs.counter_random import uniforms
from ..envs.tasks.cluttered_mnist import ClutteredMNIST
from ..envs.tasks.digits import DigitsError
from ..saliency.whole_file import write_text
from .errors import ConfigError, EnvError, OutputError
from .reporting import SILENT, Reporter
from .scoring.games import EPISODES_AT_ONCE, PASSES
from .scoring.multiply_adds import multiply_adds
from .setup.arguments import as_path
from .setup.device_and_seed import check_device
from .setup.env_names import task_id
from .setup.gaze_envs import SEEDS_APART, SPILL, check_env_kwargs

LOGS = 10  # lines about the loss


@dataclass(frozen=True)
class CnnResult:
    """
    :param error_percent: wrong answers, of every test digit on several canvases each
    :param seconds: of training and testing
    :param parameters: of the network
    :param multiply_adds: an image
    """

    error_percent: float
    seconds: float
    parameters: int
    multiply_adds: int


def whole_image_cnn(
    env: str = "ClutteredMNIST",
    *,
    env_kwargs: Mapping[str, Any] | None = None,
    images: int = 3_000_000,
    batch_size: int = 256,
    learning_rate: float = 2e-3,
    seed: int = 0,
    device: str = "auto",
    output: Path | str | None = None,
    reporter: Reporter = SILENT,
) -> CnnResult:
    """
    Train a CNN by cross-entropy on whole canvases, and test it on every test digit.

    :param env: ClutteredMNIST or TranslatedMNIST.
    :param env_kwargs: Keyword arguments of the env, such as size=100 distractors=8 dataset=digits.
    :param images: Canvases to learn from.
    :param batch_size: Canvases in an update.
    :param learning_rate: Adam's at the start; it falls to 0 linearly.
    :param seed: Of network and canvases.
    :param device: Device of torch.
    :param output: JSON file to write the result to; it must not exist yet.
    :param reporter: gets the loss and the result
    :raises ConfigError: if an argument cannot be
    :raises OutputError: if the file exists already or cannot be written
    """
    if images < batch_size or batch_size < 1:
        raise ConfigError("images must be at least batch_size, and batch_size at least 1")
    file = as_path(output)
    if file is not None and file.exists():
        raise OutputError(f"{file} exists already; choose another output or remove it")
    if file is not None and not file.absolute().parent.is_dir():
        raise OutputError(f"{file.parent} is not a folder, so {file.name} cannot be written there")
    if not learning_rate > 0:
        raise ConfigError(f"is {learning_rate}; it must be above 0", option="learning_rate")
    check_device(device)
    given, on = dict(env_kwargs or {}), get_device(device)
    train, test = (digits_game(env, given, split, str(on)) for split in ("train", "test"))
    th.manual_seed(seed)
    network = convolutional_network(train.canvas.size, int(train.action_space.n)).to(on)
    start = time.perf_counter()
    fit(network, train, images // batch_size, batch_size, learning_rate, seed, reporter)
    error = 100 * error_rate(network, test)
    image = th.zeros(1, 1, train.canvas.size, train.canvas.size, device=on)
    parameters, arithmetic = sum(p.numel() for p in network.parameters()), multiply_adds(lambda: network(image))
    result = CnnResult(error, time.perf_counter() - start, parameters, arithmetic)
    reporter.say(f"{error:.2f} % wrong, {arithmetic:,} multiply-adds an image, {parameters:,} parameters")
    if file is not None:
        asked = {"env": env, "env_kwargs": given, "images": images, "batch_size": batch_size, "learning_rate": learning_rate}
        content = {**asked, "seed": seed, "device": device, **vars(result)}
        try:
            write_text(file, json.dumps(content, indent=1))
        except OSError as why:
            raise OutputError(f"{file} cannot be written: {why}") from why
    return result


def digits_game(env: str, env_kwargs: Mapping[str, Any], split: str, device: str) -> ClutteredMNIST:
    """
    The task's canvases.

    :param env: its name
    :param env_kwargs: its keyword arguments
    :param split: "train" or "test"
    :param device: of torch
    :raises ConfigError: if there is no such task, or its data are missing
    """
    name = task_id(env)
    if name is None or "MNIST" not in name:
        raise EnvError(f"{env} has no digits; it must be ClutteredMNIST or TranslatedMNIST")
    check_env_kwargs(env, env_kwargs)
    if "copies" in env_kwargs:
        raise ConfigError("copies is for agents that try each canvas several times, not for a CNN")
    given = {key: value for key, value in env_kwargs.items() if split == "train" or key != SPILL}
    arguments: dict[str, Any] = {**gym.spec(name).kwargs, **given, "split": split, "device": device}
    try:
        return ClutteredMNIST(**arguments)
    except (ValueError, DigitsError) as error:  # the constructor checks the user's env_kwargs
        raise EnvError(str(error)) from error


def convolutional_network(size: int, classes: int) -> nn.Module:
    """Three layers of 3x3 filters, each with a pool behind it, and a hidden layer of 256."""
    side = size // 8
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * side**2, 256),
        nn.ReLU(),
        nn.Linear(256, classes),
    )


def fit(
    network: nn.Module,
    train: ClutteredMNIST,
    updates: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    reporter: Reporter = SILENT,
) -> None:
    """Train on fresh canvases in every update."""
    optimizer = th.optim.Adam(network.parameters(), lr=learning_rate)
    rate = th.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, updates)
    acceleration = Acceleration(train.device, train.observation_space, compile=False)
    keys = th.arange(batch_size, device=train.device) + seed * max(SEEDS_APART, batch_size)
    for update in range(updates):
        images, labels, _ = train.canvas.draw(uniforms(keys, th.full_like(keys, update), train.draws))
        with acceleration.autocast():
            logits = network(images[:, None].contiguous(memory_format=th.channels_last) / 255)
        loss = F.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        rate.step()
        if update % max(updates // LOGS, 1) == 0:
            reporter.say(f"{update * batch_size:,} canvases: loss {loss.item():.3f}")


def error_rate(network: nn.Module, test: ClutteredMNIST) -> float:
    """Share of wrong answers on every test digit, on several canvases each."""
    numbers = th.arange(PASSES * len(test.canvas.labels), device=test.device)
    wrong = 0
    with th.no_grad():
        for some in th.split(numbers, EPISODES_AT_ONCE):
            # Training has other keys, and other digits.
            drawn = uniforms(th.full_like(some, -1), some, test.draws)
            images, labels, _ = test.canvas.draw(drawn, some if test.canvas.n_digits == 1 else None)
            wrong += int((network(images[:, None] / 255).argmax(1) != labels).sum())
    return wrong / len(numbers)
