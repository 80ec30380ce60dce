"""Pictures of a trained agent's play, with its maps or its gazes."""

from collections.abc import Callable
from pathlib import Path

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...saliency import record_gazes
from ...saliency.methods.map_making import film_maps
from ...saliency.pictures.event_pictures import trajectory_panels
from ...saliency.pictures.gaze_picture import gaze_frames, path_sheet
from ...saliency.pictures.layout import write_png
from ...saliency.pictures.video import write_mp4
from ...saliency.readers.head import shown_heads
from ...saliency.readers.head_reader import eye_of
from ...saliency.states.game_pictures import env_that_draws
from ...saliency.states.names import Names
from ...saliency.states.notes import notes_of
from ...saliency.states.play import Player

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
    retina = eye_of(policy).retina
    env = make_env(DRAWN, None)
    try:
        record = record_gazes(policy, env, seed)
    finally:
        env.close()
    write_png(path, path_sheet(record, DRAWN, retina.scales))


def film_gaze(policy: BasePolicy, make_env: MakeEnv, seed: int, steps: int, path: Path) -> None:
    """
    A trajectory under the greedy policy with the fovea marked.

    :param policy: with a gaze
    :param make_env: makes its env
    :param seed: of the game
    :param steps: env steps
    :param path: of the .mp4
    """
    retina = eye_of(policy).retina
    env = env_that_draws(lambda mode: make_env(1, mode))
    try:
        record = record_gazes(policy, env, seed, steps)
    finally:
        env.close()
    write_mp4(path, gaze_frames(record, retina))


def film_play(policy: BasePolicy, make_env: MakeEnv, steps: int, path: Path) -> None:
    """
    A trajectory under the greedy policy with every head's map beside it, if it has any.

    :param policy: any
    :param make_env: makes its env
    :param steps: env steps
    :param path: of the .mp4
    """
    env = env_that_draws(lambda mode: make_env(1, mode))
    try:
        played, names = Player(env).record(policy, steps), Names.of(env)
    finally:
        env.close()
    maps, _ = film_maps(policy, played, shown_heads(policy))
    notes = notes_of(policy, played, [f"step {t}" for t in range(len(played))], names)
    write_mp4(path, trajectory_panels(played, maps, notes))
