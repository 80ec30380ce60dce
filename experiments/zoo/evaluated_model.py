"""Scores of a saved model that no run folder has: of the hub, of RL Zoo, or any .zip of SB3."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...saliency import load_policy
from ...saliency.extras import Extras
from ...saliency.loading.saved_policy import env_steps_of
from ...saliency.states.masks import masks_of
from ...saliency.states.play import act
from ...saliency.whole_file import write_text
from ..errors import ConfigError
from ..own_output import is_evaluation
from ..reporting import Reporter
from ..scoring.games import GAMES_AT_ONCE, play_games
from ..scoring.new_folder import check_new_folder, new_folder
from ..scoring.pictures import film_play
from ..scoring.scores import GameScores
from ..setup.env_module import module_of
from .saved_model import saved_model

GAMES = 10  # by default
VIDEO = "video.mp4"


class Masked:
    """
    A policy that knows what its env allows.

    :param policy: of any kind
    :param env: in which it plays
    """

    def __init__(self, policy: BasePolicy, env: VecEnv) -> None:
        self._policy, self._env = policy, env

    def predict(
        self, observation: Any, state: Any = None, episode_start: np.ndarray | None = None, deterministic: bool = True
    ) -> tuple[np.ndarray, Any]:
        """As SB3's ``predict``, always without exploration."""
        start = np.zeros(self._env.num_envs, dtype=bool) if episode_start is None else episode_start
        return act(self._policy, observation, state, start, masks_of(self._policy, self._env))


def evaluate_model(
    model: Path | str,
    games: int | None,
    seed: int,
    video_steps: int,
    device: str,
    env: str | None,
    env_kwargs: Mapping[str, Any],
    vec_normalize: Path | None,
    output: Path | None,
    force: bool,
    reporter: Reporter,
    trust: bool = False,
) -> GameScores:
    """
    Play whole games with a saved model; the parameters are those of :func:`saccade.experiments.evaluate`.

    :return: the scores, which are kept in a new folder with a video
    """
    if output is not None:
        check_new_folder(output, force, is_evaluation)  # before anything is downloaded
    saved = saved_model(model, trust, reporter)
    folder = output or Path(f"evaluate-{saved.name}")
    check_new_folder(folder, force, is_evaluation)
    policy = load_policy(saved.path, device, trust, module_of(env))
    place = saved.place(policy, env, env_kwargs, None, vec_normalize)
    if place is None:
        raise ConfigError("say where the model plays with env: nothing beside it names one")
    at_most = games or GAMES
    made = place.make(min(at_most, GAMES_AT_ONCE), seed, None)
    try:
        returns = play_games(Masked(policy, made), made, at_most)
    finally:
        made.close()
    scores = GameScores(place.name, saved.path, env_steps_of(saved.path), seed, None, returns)
    for line in (*place.notes, scores.text()):
        reporter.say(line)
    interrupted = False
    with new_folder(folder, force, is_evaluation) as part:
        figures = {"about": saved.about, "notes": list(place.notes), **scores.figures()}
        write_text(part / "scores.json", json.dumps(figures, indent=1))
        if video_steps:

            def make(n_envs: int, render_mode: str | None) -> VecEnv:
                return place.make(n_envs, seed, render_mode)

            try:
                extras = Extras("video of the play", "the scores are kept")
                extras.tried(lambda: film_play(policy, make, video_steps, part / VIDEO))
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        raise KeyboardInterrupt(f"interrupted; the scores are kept in {folder}, its video is not made")
    reporter.say(f"scores: {folder}")
    return scores
