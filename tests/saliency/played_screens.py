"""Screens of ALE games with the RAM of the same moment."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from ale_py import ALEInterface, LoggerMode, roms

SKIP = 4  # emulator frames with one action, as in training

Choice = Callable[[int, Sequence[Any], np.random.Generator], Any]


class Played(NamedTuple):
    """(T, 210, 160, 3) uint8 screens, and (T, 128) int64 bytes of RAM."""

    frames: np.ndarray
    ram: np.ndarray


class Seen(NamedTuple):
    """What a finder sees, {name: (T, 210, 160) bool}, beside RAM."""

    objects: dict[str, np.ndarray]
    ram: np.ndarray

    @classmethod
    def of(cls, finder: Callable[[np.ndarray], dict[str, np.ndarray]], played: Played) -> "Seen":
        return cls(finder(played.frames), played.ram)


def play(game: str, choose: Choice, steps: int, seed: int = 0, every: int = 1) -> Played:
    """
    :param game: name of the ROM
    :param choose: the action, from the number of the step, the game's actions and a source of random numbers
    :param steps: of four frames each; a new game follows one that is over
    :param every: steps between screens that are kept
    """
    ALEInterface.setLoggerMode(LoggerMode.Error)
    ale = ALEInterface()
    ale.setInt("random_seed", seed)
    ale.setFloat("repeat_action_probability", 0.0)
    ale.loadROM(roms.get_rom_path(game))
    actions, random = ale.getMinimalActionSet(), np.random.default_rng(seed)
    frames, ram = [], []
    for step in range(steps):
        action = choose(step, actions, random)
        for _ in range(SKIP):
            ale.act(action)
        if step % every == 0:
            frames.append(ale.getScreenRGB())
            ram.append(ale.getRAM())
        if ale.game_over():
            ale.reset_game()
    return Played(np.stack(frames), np.stack(ram).astype(np.int64))


def at_random(step: int, actions: Sequence[Any], random: np.random.Generator) -> Any:
    return actions[random.integers(len(actions))]


def lefts(masks: np.ndarray) -> np.ndarray:
    """First column of each mask (B, H, W); -1 where it is empty."""
    return np.where(masks.any(axis=(1, 2)), masks.any(axis=1).argmax(axis=1), -1)


def tops(masks: np.ndarray) -> np.ndarray:
    """First row of each mask (B, H, W); -1 where it is empty."""
    return np.where(masks.any(axis=(1, 2)), masks.any(axis=2).argmax(axis=1), -1)
