"""Scores of a saved model that no run folder has: of the hub, of RL Zoo, or any .zip of SB3."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from ...saliency import load_policy
from ...saliency.extras import Extras
from ...saliency.loading.saved_policy import env_steps_of
from ...saliency.whole_file import write_text
from ..errors import ConfigError, OutputError
from ..model_envs.model_env import with_sticky_actions
from ..own_output import check_new_folder, is_evaluation, new_folder
from ..reading.checkpoint_files import digest
from ..reading.user_modules import module_of
from ..reporting import Reporter
from ..scoring.game_kinds import Wanted, games_of_kind
from ..scoring.pictures import film_play
from ..scoring.played_games import Kind, PlayedGames
from ..scoring.score_table import TABLE, read_games, with_games, write_games
from ..scoring.scores import GameScores
from ..setup.env_names import is_atari
from .saved_model import saved_model

SCORES, VIDEO = "scores.json", "video.mp4"


def evaluate_model(
    model: Path | str,
    wanted: Wanted,
    *,
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
    :raises ConfigError: if nothing says where the model plays, or an argument cannot be
    :raises OutputError: if the scores cannot be kept
    :raises ZooError: if the model is missing or damaged
    :raises KeyboardInterrupt: if the making of the video is interrupted; the scores are kept then
    """
    if output is not None:
        check_new_folder(output, force, is_evaluation)  # before anything is downloaded
    saved = saved_model(model, trust, reporter)
    folder = output or Path(f"evaluate-{saved.name}")
    check_new_folder(folder, force, is_evaluation)
    policy = load_policy(saved.path, device, trust, module_of(env))
    place = saved.place(policy, env, env_kwargs, None, vec_normalize, split="test")
    if place is None:
        raise ConfigError("say where the model plays with env: nothing beside it names one")
    atari = is_atari(place.name)
    wanted.check(place.name, atari, policy.action_space)

    played_with = identity(saved.path, place.name, env_kwargs, vec_normalize or saved.statistics)
    earlier = _earlier(folder, played_with, reporter)  # before any game, for it may not be readable

    def make_sticky(n_envs: int, sticky_actions: float) -> VecEnv:
        kwargs = with_sticky_actions(env_kwargs, sticky_actions) if atari else env_kwargs
        where = saved.place(policy, env, kwargs, None, vec_normalize, split="test")
        assert where is not None  # as above
        made = where.make(n_envs, seed, None)
        place.notes.extend(note for note in where.notes if note not in place.notes)
        return made

    def play(kind: Kind, games: int) -> PlayedGames:
        return games_of_kind(policy, kind, games, seed, make_sticky, reporter.shows_progress)

    played = wanted.played(play, atari, policy.action_space)
    scores = GameScores(place.name, saved.path, env_steps_of(saved.path), seed, None, played)
    for line in (*place.notes, scores.text()):
        reporter.say(line)
    interrupted = False
    with new_folder(folder, force, is_evaluation) as part:
        figures = {"about": saved.about, "played_with": played_with, "notes": list(place.notes), **scores.figures()}
        write_text(part / SCORES, json.dumps(figures, indent=1))
        write_games(part / TABLE, with_games(earlier, played, scores.env_steps, "evaluate", seed))
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


def identity(model: Path, env: str, env_kwargs: Mapping[str, Any], vec_normalize: Path | None) -> dict[str, Any]:
    """
    What tells evaluations of different models apart, as JSON takes it. A name does not: two files may have the same.

    :param model: file of the model
    :param env: where it plays
    :param env_kwargs: of the env
    :param vec_normalize: statistics of its observations, where they were given
    """
    kwargs = json.loads(json.dumps(dict(env_kwargs), sort_keys=True, default=str))
    statistics = None if vec_normalize is None else digest(vec_normalize)
    return {"model": digest(model), "env": env, "env_kwargs": kwargs, "vec_normalize": statistics}


def _earlier(folder: Path, played_with: dict[str, Any], reporter: Reporter) -> list[dict[str, Any]]:
    """Rows of earlier evaluations of the same model, in the folder that is to be replaced."""
    try:
        rows = read_games(folder / TABLE)
    except OSError as error:
        raise OutputError(str(error)) from error
    if not rows:
        return []
    if json.loads((folder / SCORES).read_text(encoding="utf-8")).get("played_with") == played_with:
        return rows
    reporter.say(f"the games in {folder / TABLE} are of another model or env, so they are replaced")
    return []
