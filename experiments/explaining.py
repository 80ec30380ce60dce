"""Explanation as a function: from any saved model, or a run folder, to a folder of maps with checks."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..saliency import Explanation, MapKey, ProbeSet, States, load_policy, sequential_jacobian, temporal_norms
from ..saliency import explain as explain_states
from ..saliency.checks.causal_check import causal_check
from ..saliency.map_key import JACOBIAN, Maps
from ..saliency.methods import methods_named
from ..saliency.methods.map_making import make_maps
from ..saliency.pictures.layout import write_png
from ..saliency.pictures.time_picture import time_film, time_square
from ..saliency.pictures.video import write_mp4
from ..saliency.readers.entries import pictured, sees_images
from ..saliency.readers.head import shown_heads
from ..saliency.readers.head_reader import head_reader
from ..saliency.records.saliency_event import SaliencyEvent
from ..saliency.states.play import Player
from ..saliency.statistics.memory_statistics import lag_profile, mean_lag
from ..saliency.whole_file import whole_folder, write_npz, write_text
from .errors import ConfigError, OutputError
from .own_output import check_free, is_explanation
from .reporting import SILENT, Reporter
from .run_folder import RunFolder
from .setup.arguments import Names, as_list, as_path
from .setup.device_and_seed import check_device, check_seed
from .setup.model_env import ModelEnv
from .setup.run_envs import run_env

CAUSAL_GAMES = 4  # at once
LONGEST_FILM = 128  # steps of a Jacobian through time that is kept whole


def explain(
    model: Path | str,
    *,
    env: str | None = None,
    heads: Names | None = None,
    methods: Names = (JACOBIAN,),
    states: int = 8,
    steps: int = 400,
    probes: Path | str | None = None,
    through_time: int = 64,
    video_steps: int = 150,
    causal: int = 0,
    trust: bool = True,
    controls: bool = False,
    output: Path | str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    gaze_kwargs: Mapping[str, Any] | None = None,
    vec_normalize: Path | str | None = None,
    force: bool = False,
    seed: int = 1_000_000,
    device: str = "auto",
    reporter: Reporter = SILENT,
) -> Explanation:
    """
    Maps of a saved model's heads, with checks that say how far to trust them, in a new folder that ``compare`` reads as well.

    :param model: A .zip saved by DQN, QR-DQN, PPO, A2C, TRPO, RecurrentPPO or MaskablePPO (its pickled parts are run), or a run
        folder.
    :param env: Where the model plays: an Atari game in any spelling, one of the suite's tasks, or a gymnasium id. Not for run
        folders.
    :param heads: Heads, by name; default: the main ones. A wrong name lists those that the model has.
    :param methods: Methods, by name: jacobian, gradient_x_input, smoothgrad, integrated_gradients, grad_cam, occlusion, deletion,
        greydanus, sarfa.
    :param states: States that get maps, spread evenly over the steps played.
    :param steps: Env steps that the model plays.
    :param probes: States of another run or explanation (its probes.npz) instead, so that compare can lay the maps side by side.
    :param through_time: For recurrent models: env steps, from the first one played, of which a Jacobian through time is made; 0 for
        none.
    :param video_steps: Env steps in the video, of those played; 0 for none.
    :param causal: Env steps of the causal check: blank out the most salient square in the game, or another, and see what changes;
        0: none.
    :param trust: Checks of each head and method.
    :param controls: Also the checks of each map with its places shuffled, and of the same network with random weights: what they
        look like where there is nothing to find.
    :param output: Folder to make; default: explain-MODEL in the working directory.
    :param env_kwargs: Keyword arguments of the env, such as size=100 dataset=digits.
    :param gaze_kwargs: How the env of a model with a gaze was wrapped (VectorGazeWrapper), such as relative=true tiles=[2,3].
        Default: the first gaze at the centre, tiles in a square.
    :param vec_normalize: Statistics of the VecNormalize that the model was trained in (vecnormalize.pkl).
    :param force: Replace the folder if it exists. Only a folder with nothing but files of this command is replaced.
    :param seed: Seed of the env, and of what the checks draw at random.
    :param device: Device of torch.
    :param reporter: gets the report
    :raises ConfigError: if an argument cannot be
    :raises RunFolderError: if the run folder is damaged
    :raises OutputError: if the folder exists already or cannot be written
    :raises SaliencyError: if the model cannot be read, or has no such head or map
    """
    _check_least(1, states=states, steps=steps)
    _check_least(0, causal=causal, through_time=through_time, video_steps=video_steps)
    if states > steps and probes is None:
        raise ConfigError(f"is {states}, but only {steps} steps are played; give more steps", option="states")
    method_names = as_list(methods)
    if not method_names:
        raise ConfigError("methods needs one name at least, such as jacobian")
    check_seed(seed)
    check_device(device)
    statistics, states_file = as_path(vec_normalize), as_path(probes)
    policy, place, name = _subject(Path(model), device, env, env_kwargs or {}, gaze_kwargs or {}, statistics)
    if place is None and probes is None:
        raise ConfigError("say where the model plays with env, or give states with probes")
    folder = as_path(output) or Path(f"explain-{name}")
    _check_new(folder, force)
    if causal and (place is None or not sees_images(policy)):
        raise ConfigError("needs an env with images: it blanks out squares of them while the model plays", option="causal")
    shown, used = shown_heads(policy, tuple(as_list(heads)) or None), methods_named(method_names)
    given = None if states_file is None else _read_probes(states_file)

    played = None if place is None else _played(policy, place, steps, seed)
    asked, kept = _chosen(policy, given, played, states)
    in_env = f" in {place.name}" if place is not None else ""
    of_probes = f", maps of the states of {probes}" if probes is not None else ""
    explanation = explain_states(
        policy, asked, shown, tuple(used), trust=trust, controls=controls, seed=seed, about=f"{model}{in_env}{of_probes}"
    )
    if causal and place is not None:
        make = partial(place.make, CAUSAL_GAMES, seed, None)
        mapped = [one for one in shown if MapKey(one, method_names[0]) in explanation.maps]
        outcomes = {one: causal_check(policy, make, one, used[method_names[0]], causal, seed=seed) for one in mapped}
        explanation = replace(explanation, causal=outcomes)
    with _whole_folder(folder) as part:
        if played is not None and through_time and head_reader(policy).recurrent:
            explanation = replace(explanation, lags=_through_time(policy, played.some(slice(through_time)), shown, part))
        film, film_maps = _film(policy, played, video_steps, shown)
        SaliencyEvent(0, kept, explanation.maps, film, film_maps).write(part)
        write_text(part / "report.json", json.dumps(explanation.figures(), indent=1, allow_nan=False))
        write_text(part / "report.md", explanation.text())
        if folder.exists():  # the new one is complete
            check_free(folder, force, is_explanation)
            shutil.rmtree(folder)
    reporter.say(explanation.text())
    reporter.say(f"maps: {folder}")
    return explanation


def _check_least(least: int, **numbers: int) -> None:
    for name, value in numbers.items():
        if value < least:
            raise ConfigError(f"is {value}; it must be at least {least}", option=name)


def _subject(
    model: Path,
    device: str,
    env: str | None,
    env_kwargs: Mapping[str, Any],
    gaze_kwargs: Mapping[str, Any],
    vec_normalize: Path | None,
) -> tuple[BasePolicy, ModelEnv | None, str]:
    """The policy, its env, and a name for the folder."""
    if not model.is_dir():
        policy = load_policy(model, device)
        place = None if env is None else ModelEnv.for_policy(policy, env, env_kwargs, gaze_kwargs, vec_normalize)
        return policy, place, model.stem
    folder = RunFolder.check_existing(model)
    if env is not None or env_kwargs or gaze_kwargs or vec_normalize is not None:
        raise ConfigError(f"{model} is a run folder, which knows its env; leave out env, env_kwargs, gaze_kwargs and vec_normalize")
    record = folder.read({"device": device})

    def make(n_envs: int, seed: int, render_mode: str | None) -> VecEnv:
        return run_env(record.config.env, record.config.spec, record.hyperparameters, n_envs, seed, True, render_mode)

    return load_policy(folder.latest_checkpoint(), device), ModelEnv(make, record.config.env), model.resolve().name


def _check_new(folder: Path, force: bool) -> None:
    check_free(folder, force, is_explanation)
    if not folder.absolute().parent.is_dir():
        raise OutputError(f"{folder.parent} is not a folder, so {folder.name} cannot be made there")
    try:
        with TemporaryDirectory(prefix=".part-", dir=folder.parent):  # the only sure way to know
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error}; choose another output") from error


def _read_probes(path: Path) -> ProbeSet:
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    probes = ProbeSet.load(path)
    if probes is None:
        raise ConfigError(f"{path} holds no probe states, or is damaged; give the probes.npz of a saliency folder")
    return probes


def _played(policy: BasePolicy, place: ModelEnv, steps: int, seed: int) -> States:
    made = place.make(1, seed, "rgb_array")
    try:
        return Player(made).record(policy, steps)
    finally:
        made.close()


def _chosen(policy: BasePolicy, given: ProbeSet | None, played: States | None, count: int) -> tuple[States, ProbeSet]:
    """The states that get maps, as the policy takes them and as they are kept: the given ones, or some of those played."""
    if given is not None:
        return States(given.observations), given
    assert played is not None
    steps = len(played)
    rows = (np.arange(count) * steps + steps // 2) // count
    asked = played.some(rows)
    return asked, ProbeSet(pictured(policy, asked.observations), asked.frames, rows / steps)


def _film(policy: BasePolicy, played: States | None, steps: int, heads: Sequence[str]) -> tuple[States | None, Maps | None]:
    """The states of the video with the Jacobians of their heads."""
    if played is None or not steps:
        return None, None
    film = played.some(slice(steps))
    maps = make_maps(policy, film, heads, methods_named([JACOBIAN]))
    return States(pictured(policy, film.observations), film.frames), maps


def _through_time(policy: BasePolicy, played: States, heads: Sequence[str], folder: Path) -> dict[str, tuple[float, np.ndarray]]:
    """Pictures and films of what decisions rest on, and for each head the mean lag and the mean norm by lag."""
    obs, starts = played.observations, played.starts
    assert starts is not None
    found = {}
    for head in heads:
        norms = temporal_norms(policy, obs, head, starts)
        write_npz(folder / f"through-time-{head}.npz", {"norms": norms, "starts": starts})
        write_png(folder / f"through-time-{head}.png", time_square(norms, head, starts))
        if len(norms) <= LONGEST_FILM:
            whole_jacobian: Any = pictured(policy, sequential_jacobian(policy, obs, head, starts))
            film = time_film(pictured(policy, obs), whole_jacobian.numpy(), played.frames)
            write_mp4(folder / f"through-time-{head}.mp4", film, fps=5)
        found[head] = (mean_lag(norms), lag_profile(norms, starts=starts))
    return found


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """
    A folder to write to, which is whole or absent.

    :raises OutputError: if it cannot be written
    """
    try:
        with whole_folder(folder) as part:
            yield part
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error}") from error
