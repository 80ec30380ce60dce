"""A CNN that sees whole canvases, to judge agents with a gaze by: python scripts/whole_image_cnn.py --env ClutteredMNIST"""

import before_torch  # noqa: F401, I001  # before torch

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch as th
import tyro
from stable_baselines3.common.utils import get_device
from torch import nn
from torch.nn import functional as F

from agent_setup import check_device
from gaze_envs import EPISODES_AT_ONCE, FOR_TRAINING, PASSES, SEEDS_APART, check_task_kwargs, read_kwargs, task_id
from multiply_adds import multiply_adds
from plain_errors import UserError, plain_errors
from saccade.agents.updates.acceleration import Acceleration
from saccade.envs.tasks.cluttered_mnist import ClutteredMNIST
from saccade.envs.counter_random import uniforms


@dataclass(frozen=True)
class Options:
    """Train a CNN by cross-entropy on whole canvases, and test it on every test digit."""

    env: str = "ClutteredMNIST"
    """ClutteredMNIST or TranslatedMNIST."""
    env_kwargs: tuple[str, ...] = ()
    """Keyword arguments of the env, such as size=100 distractors=8 dataset=digits."""
    images: int = 3_000_000
    """Canvases to learn from."""
    batch_size: int = 256
    """Canvases in an update."""
    learning_rate: float = 2e-3
    """Adam's at the start; it falls to 0 linearly."""
    seed: int = 0
    """Of network and canvases."""
    device: str = "auto"
    """Device of torch."""
    output: Path | None = None
    """JSON file to write the result to; it must not exist yet."""


def main(options: Options) -> None:
    if options.images < options.batch_size or options.batch_size < 1:
        raise UserError("--images must be at least --batch-size, and that at least 1")
    if options.output is not None and options.output.exists():
        raise UserError(f"{options.output} exists; choose another --output or remove it")
    if options.output is not None and not options.output.absolute().parent.is_dir():
        raise UserError(f"{options.output.parent} is no folder, so {options.output.name} cannot be written there")
    if not options.learning_rate > 0:
        raise UserError(f"--learning-rate is {options.learning_rate}; it must be above 0")
    check_device(options.device)
    device = get_device(options.device)
    train, test = (game(options, split, str(device)) for split in ("train", "test"))
    th.manual_seed(options.seed)
    network = convolutional_network(train.canvas.size, int(train.action_space.n)).to(device)
    start = time.perf_counter()
    fit(network, train, options, device)
    error = 100 * error_rate(network, test, device)
    image = th.zeros(1, 1, train.canvas.size, train.canvas.size, device=device)
    result = {
        **{key: value for key, value in asdict(options).items() if key != "output"},
        "error_percent": error,
        "seconds": time.perf_counter() - start,
        "parameters": sum(p.numel() for p in network.parameters()),
        "multiply_adds": multiply_adds(lambda: network(image)),
    }
    print(f"{error:.2f} % wrong, {result['multiply_adds']:,} multiply-adds an image, {result['parameters']:,} parameters")
    if options.output is not None:
        options.output.write_text(json.dumps(result, indent=1))


def game(options: Options, split: str, device: str) -> ClutteredMNIST:
    """
    The task's canvases.

    :raises UserError: if there is no such task, or its data are missing
    """
    name = task_id(options.env)
    if name is None or "MNIST" not in name:
        raise UserError(f"{options.env} has no digits; it must be ClutteredMNIST or TranslatedMNIST")
    given = read_kwargs(options.env_kwargs)
    check_task_kwargs(given)
    if split == "test":
        given = {key: value for key, value in given.items() if key not in FOR_TRAINING}
    arguments: dict[str, Any] = {**gym.spec(name).kwargs, **given, "split": split, "device": device}
    try:
        return ClutteredMNIST(**arguments)
    except (TypeError, ValueError, RuntimeError) as error:  # DigitsError is one
        raise UserError(str(error)) from error


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


def fit(network: nn.Module, train: ClutteredMNIST, options: Options, device: th.device) -> None:
    """Fresh canvases in every update."""
    optimizer = th.optim.Adam(network.parameters(), lr=options.learning_rate)
    updates = options.images // options.batch_size
    rate = th.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, updates)
    acceleration = Acceleration(device, train.observation_space, compile=False)
    keys = th.arange(options.batch_size, device=device) + options.seed * max(SEEDS_APART, options.batch_size)
    for update in range(updates):
        images, labels, _ = train.canvas.draw(uniforms(keys, th.full_like(keys, update), train.draws))
        with acceleration.autocast():
            logits = network(images[:, None].contiguous(memory_format=th.channels_last) / 255)
        loss = F.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        rate.step()
        if update % max(updates // 10, 1) == 0:
            print(f"{update * options.batch_size:,} canvases: loss {loss.item():.3f}", flush=True)


def error_rate(network: nn.Module, test: ClutteredMNIST, device: th.device) -> float:
    """Share of wrong answers on every test digit, on several canvases each."""
    numbers = th.arange(PASSES * len(test.canvas.labels), device=device)
    wrong = 0
    with th.no_grad():
        for some in th.split(numbers, EPISODES_AT_ONCE):
            # Training has other keys, and other digits.
            drawn = uniforms(th.full_like(some, -1), some, test.draws)
            images, labels, _ = test.canvas.draw(drawn, some if test.canvas.n_digits == 1 else None)
            wrong += int((network(images[:, None] / 255).argmax(1) != labels).sum())
    return wrong / len(numbers)


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
