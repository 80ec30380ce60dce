"""Pictures of a trained agent's play, with its maps or its gazes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from ...saliency import MapKey, head_jacobians, record_gazes
from ...saliency.pictures.event_pictures import trajectory_panels
from ...saliency.pictures.gaze_picture import gaze_frames, path_picture
from ...saliency.pictures.layout import contact_sheet, write_png
from ...saliency.pictures.video import write_mp4
from ...saliency.readers.glimpse_reader import glimpse_reader
from ...saliency.states.play import Player

MAPS_AT_ONCE = 64  # observations
DRAWN = 8  # episodes

MakeEnv = Callable[[int, str | None], VecEnv]  # (n_envs, render_mode)


def draw_gaze_paths(model: BaseAlgorithm, make_env: MakeEnv, seed: int, path: Path) -> None:
    """
    Where an agent looks in a few short episodes, as a picture.

    :param model: with a gaze
    :param make_env: makes its env
    :param seed: of the episodes
    :param path: of the .png
    """
    retina = glimpse_reader(model.policy).retina
    env = make_env(DRAWN, None)
    try:
        record = record_gazes(model.policy, env, seed)
    finally:
        env.close()
    write_png(path, contact_sheet([path_picture(record, i, retina.scales) for i in range(DRAWN)]))


def film_gaze(model: BaseAlgorithm, make_env: MakeEnv, seed: int, steps: int, path: Path) -> None:
    """
    A trajectory under the greedy policy with the fovea marked.

    :param model: with a gaze
    :param make_env: makes its env
    :param seed: of the game
    :param steps: env steps
    :param path: of the .mp4
    """
    retina = glimpse_reader(model.policy).retina
    env = make_env(1, None)
    try:
        record = record_gazes(model.policy, env, seed, steps)
    finally:
        env.close()
    write_mp4(path, gaze_frames(record, retina.scales, retina.size))


def film_maps(model: BaseAlgorithm, make_env: MakeEnv, steps: int, path: Path) -> None:
    """
    A trajectory under the greedy policy with every head's map beside it.

    :param model: any
    :param make_env: makes its env
    :param steps: env steps
    :param path: of the .mp4
    """
    env = make_env(1, "rgb_array")
    try:
        played = Player(env).record(model, steps)
    finally:
        env.close()
    jacobians: Any = head_jacobians(
        model.policy, played.observations, chunk_size=MAPS_AT_ONCE, memory=played.memory, masks=played.masks
    )
    write_mp4(path, trajectory_panels(played, {MapKey(head): maps.cpu().numpy() for head, maps in jacobians.items()}))
