"""Pictures of a trained agent's play, with its maps or its gazes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stable_baselines3.common.policies import BasePolicy
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


def draw_gaze_paths(policy: BasePolicy, make_env: MakeEnv, seed: int, path: Path) -> None:
    """
    Where an agent looks in a few short episodes, as a picture.

    :param policy: with a gaze
    :param make_env: makes its env
    :param seed: of the episodes
    :param path: of the .png
    """
    retina = glimpse_reader(policy).retina
    env = make_env(DRAWN, None)
    try:
        record = record_gazes(policy, env, seed)
    finally:
        env.close()
    write_png(path, contact_sheet([path_picture(record, i, retina.scales) for i in range(DRAWN)]))


def film_gaze(policy: BasePolicy, make_env: MakeEnv, seed: int, steps: int, path: Path) -> None:
    """
    A trajectory under the greedy policy with the fovea marked.

    :param policy: with a gaze
    :param make_env: makes its env
    :param seed: of the game
    :param steps: env steps
    :param path: of the .mp4
    """
    retina = glimpse_reader(policy).retina
    env = make_env(1, None)
    try:
        record = record_gazes(policy, env, seed, steps)
    finally:
        env.close()
    write_mp4(path, gaze_frames(record, retina.scales, retina.size))


def film_maps(policy: BasePolicy, make_env: MakeEnv, steps: int, path: Path) -> None:
    """
    A trajectory under the greedy policy with every head's map beside it.

    :param policy: any
    :param make_env: makes its env
    :param steps: env steps
    :param path: of the .mp4
    """
    env = make_env(1, "rgb_array")
    try:
        played = Player(env).record(policy, steps)
    finally:
        env.close()
    jacobians: Any = head_jacobians(policy, played.observations, chunk_size=MAPS_AT_ONCE, memory=played.memory)
    write_mp4(path, trajectory_panels(played, {MapKey(head): maps.cpu().numpy() for head, maps in jacobians.items()}))
