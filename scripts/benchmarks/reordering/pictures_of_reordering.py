"""The picture of a translation: which word that was read each word that is said rests on, and the right ones beside it."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from stable_baselines3.common.policies import BasePolicy

from saccade.envs.tasks.reorder.reorder import Reorder
from saccade.envs.tasks.reorder.word_cells import BACKGROUND, FRAME, draw_cell
from saccade.envs.tasks.strength_colours import STRONG
from saccade.experiments import ConfigError
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency import load_policy
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.memory.episode_drawing import shares
from saccade.saliency.pictures.layout import contact_sheet, side_by_side
from saccade.saliency.pictures.text import paragraph
from saccade.saliency.states.names import attribute_of
from saccade.saliency.statistics.alignment import NOBODY
from saccade.scripts.benchmarks.reordering.aligned_episodes import played_episodes
from saccade.scripts.benchmarks.reordering.alignment_figures import REPLACEMENTS, strengths

SIDE, SPACE = 32, 4  # pixels
SQUARES = ("jacobian", REPLACEMENTS, "occlusion")
COPIES = 200  # episodes in which a long sentence is looked for
SEED = 1_000_000  # of these episodes
TITLES = {REPLACEMENTS: "along replacements"}


def picture_of_reordering(run: Path) -> np.ndarray:
    """
    The first sentence among new episodes that has all its places filled: squares of three maps, and the last word with its arcs.

    :param run: folder of a run on Reorder
    :return: (H, W, 3) uint8
    :raises ConfigError: if the run is of another env
    """
    folder = RunFolder.check_existing(run)
    record = folder.read({"device": "cpu"})
    arguments = {name: x for name, x in record.hyperparameters.get("env_kwargs", {}).items() if name != "noise"}
    config, policy = record.config, load_policy(folder.latest_checkpoint(), "cpu")
    env = run_env(config.env, config.spec, {**record.hyperparameters, "env_kwargs": arguments}, COPIES, SEED, evaluation=True)
    env.seed(SEED)
    game = attribute_of(env, "game")
    if not isinstance(game, Reorder):
        raise ConfigError(f"{run} plays {config.env}; the picture is of Reorder")
    try:
        found = played_episodes(policy, env)
    finally:
        env.close()
    return picture_of(policy, game, next(one for one in found if len(one.decisions) == game.words))


def picture_of(policy: BasePolicy, game: Reorder, one: Episode) -> np.ndarray:
    """
    The squares of an episode side by side, and below them the last word that is said, with arcs.

    :param policy: with a memory
    :param game: that was played
    :param one: an episode in which all places are filled
    """
    assert one.alignment is not None
    read = np.asarray(one.observations)[: game.words, : game.symbols].argmax(1)
    said = read[one.alignment]
    maps = {name: strengths(policy, game, one, name)[:, : game.words] for name in SQUARES}
    squares = [titled(square(x, read, said, one.alignment), TITLES.get(name, name)) for name, x in maps.items()]
    last, row = one.decisions[-1], np.zeros(game.length)
    row[: game.words] = shares(maps[REPLACEMENTS][-1])
    arcs = titled(game.drawn(np.asarray(one.observations), row, last), "the last word, along replacements")
    return contact_sheet([side_by_side(squares), arcs])


def square(strength: np.ndarray, read: np.ndarray, said: np.ndarray, gold: Sequence[int] | np.ndarray) -> np.ndarray:
    """
    Words that are read across, words that are said down. A cell is as red as its strength beside the largest one of its row; the
    right one of each row has a frame.

    :param strength: (D, T), not negative
    :param read: (T,) symbols
    :param said: (D,) symbols
    :param gold: (D,) the right step of each, or -1
    :return: (H, W, 3) uint8
    """
    pitch = SIDE + SPACE
    picture = np.full((pitch * (len(said) + 1), pitch * (len(read) + 1), 3), BACKGROUND, np.uint8)
    for place, symbol in enumerate(read.tolist()):
        draw_cell(picture, 0, pitch * (place + 1), symbol, None, SIDE)
    for row, symbol in enumerate(said.tolist()):
        top = pitch * (row + 1)
        draw_cell(picture, top, 0, symbol, None, SIDE)
        for place, share in enumerate(shares(strength[row]).tolist()):
            left = pitch * (place + 1)
            picture[top : top + SIDE, left : left + SIDE] = np.round(255 + share * (STRONG - 255))
            if gold[row] == place != NOBODY:
                cv2.rectangle(picture, (left, top), (left + SIDE - 1, top + SIDE - 1), FRAME, 2)
    return picture


def titled(picture: np.ndarray, title: str) -> np.ndarray:
    """A picture below a line of text."""
    return contact_sheet([paragraph(title, picture.shape[1]), picture])
