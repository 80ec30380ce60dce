"""What any saved SB3 model looks at: python scripts/explain.py MODEL.zip --env Enduro --head value --method smoothgrad"""

import before_torch  # noqa: F401, I001  # before torch

import json
import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch as th
import tyro
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy

from agent_setup import check_device, check_seed
from gaze_envs import read_kwargs
from model_env import ModelEnv
from plain_errors import UserError, plain_errors
from run_folder import RunFolder
from saccade.saliency import ProbeSet, sequential_jacobian
from saccade.saliency.checks.causal_check import CausalCheck, causal_check
from saccade.saliency.explanation import Explanation
from saccade.saliency.readers.head import head_reader, shown_heads
from saccade.saliency.methods.maps import JACOBIAN, all_agreement, all_maps, all_trust, map_name
from saccade.saliency.statistics.memory_statistics import frame_shares, lag_profile, mean_lag
from saccade.saliency.methods import methods_named
from saccade.saliency.whole_file import write_npz
from saccade.saliency.pictures.picture import write_png
from saccade.saliency.states.play import Player, Stretch
from saccade.saliency.records.saliency_event import SaliencyEvent
from saccade.saliency import load_policy
from saccade.saliency.errors import SavedPolicyError
from saccade.saliency.methods.strength import pictured
from saccade.saliency.methods.through_time import temporal_norms
from saccade.saliency.pictures.time_picture import time_film, time_square
from saccade.saliency.checks.trust_controls import trust_controls
from saccade.saliency.pictures.video import write_mp4

CAUSAL_GAMES = 4  # at once
LONGEST_FILM = 128  # steps of a Jacobian through time that is kept whole


@dataclass(frozen=True)
class Options:
    """Maps of a saved model's heads, with figures that say how far to trust them, in a new folder that compare.py reads as well."""

    model: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="MODEL")]
    """A .zip saved by DQN, QR-DQN, PPO, A2C, TRPO, RecurrentPPO or MaskablePPO (its pickled parts are run), or a run folder."""
    env: str | None = None
    """Where the model plays: an Atari game in any spelling, one of the suite's tasks, or a gymnasium id. Not for run folders."""
    head: tuple[str, ...] = ()
    """Heads, by name; default: the main ones. A wrong name lists those that the model has."""
    method: tuple[str, ...] = (JACOBIAN,)
    """Methods, by name: jacobian, gradient_x_input, smoothgrad, integrated_gradients, grad_cam, occlusion, deletion, greydanus,
    sarfa."""
    states: int = 8
    """States that get maps, spread evenly over the steps played."""
    steps: int = 400
    """Env steps that the model plays."""
    probes: Path | None = None
    """States of another run or explanation (its probes.npz) instead, so that compare.py can lay the maps side by side."""
    through_time: int = 64
    """For recurrent models: env steps, from the first one played, of which a Jacobian through time is made; 0 for none."""
    video_steps: int = 150
    """Env steps in the video, of those played; 0 for none."""
    causal: int = 0
    """Env steps of the causal check: blank out the most salient square in the game, or another, and see what changes; 0: none."""
    trust: bool = True
    """Figures of trust for each head and method."""
    controls: bool = False
    """Also the figures of each map with its places shuffled, and of the same network with random weights: what they look like where
    there is nothing to find."""
    output: Path | None = None
    """Folder to make; default: explain-MODEL in the working directory."""
    env_kwargs: tuple[str, ...] = ()
    """Keyword arguments of the env, such as size=100 dataset=digits."""
    gaze_kwargs: tuple[str, ...] = ()
    """How the env of a model with a gaze was wrapped (VectorGazeWrapper), such as relative=true tiles=[2,3]. Default: the first
    gaze at the centre, tiles in a square."""
    vec_normalize: Path | None = None
    """Statistics of the VecNormalize that the model was trained in (vecnormalize.pkl)."""
    seed: int = 1_000_000
    """Seed of the env, and of what the figures draw at random."""
    device: str = "auto"
    """Device of torch."""


def main(options: Options) -> None:
    check(options)
    policy, env, name = subject(options)
    output = options.output or Path(f"explain-{name}")
    if output.exists():
        raise UserError(f"{output} exists already and is not overwritten; choose another --output")
    if not output.absolute().parent.is_dir():
        raise UserError(f"{output.parent} is no folder, so {output.name} cannot be made there")
    if options.causal and (env is None or not sees_images(policy)):
        raise UserError("--causal needs an --env with images: it blanks out squares of them while the model plays")
    part = output.with_name(f".part-{os.getpid()}-{output.name}")
    try:
        heads, methods = shown_heads(policy, options.head or None), methods_named(options.method)
        stretch = None if env is None else played(policy, env, options)
        obs, probes, memory = chosen(stretch, options)
        maps = all_maps(policy, obs, heads, methods, memory)
        part.mkdir()
        asked = (policy, obs, maps, methods, memory, options.seed)
        told = Explanation(
            about=str(options.model)
            + (f" in {env.name}" if env is not None else "")
            + (f", maps of the states of {options.probes}" if options.probes is not None else ""),
            trust=[*(all_trust(*asked) if options.trust else ()), *(trust_controls(*asked) if options.controls else ())],
            agreement=all_agreement(maps),
            shares={head: np.nanmean(frame_shares(maps[head]), axis=0) for head in heads if head in maps and is_stack(maps[head])},
            lags=through_time(policy, stretch, heads, options, part) if stretch is not None else {},
            causal=causal(policy, env, [head for head in heads if map_name(head, options.method[0]) in maps], options)
            if env is not None and options.causal
            else {},
        )
        film = None if stretch is None or not options.video_steps else stretch.some(slice(options.video_steps))
        SaliencyEvent(
            0,
            probes,
            maps,
            None if film is None else Stretch(pictured(film.observations), film.frames),
            None if film is None else all_maps(policy, film.observations, heads, methods_named([JACOBIAN]), film.memory),
        ).write(part)
        (part / "report.json").write_text(json.dumps(told.figures(), indent=1, allow_nan=False))
        (part / "report.md").write_text(told.text())
        part.replace(output)
    except (TypeError, ValueError) as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    print(told.text())
    print(f"maps: {output}")


def check(options: Options) -> None:
    """:raises UserError: if an option cannot be"""
    for name, value, least in (
        ("states", options.states, 1),
        ("steps", options.steps, 1),
        ("causal", options.causal, 0),
        ("through-time", options.through_time, 0),
        ("video-steps", options.video_steps, 0),
    ):
        if value < least:
            raise UserError(f"--{name} is {value}; it must be at least {least}")
    if options.states > options.steps and options.probes is None:
        raise UserError(f"--states is {options.states}, but only {options.steps} steps are played; give more --steps")
    if not options.method:
        raise UserError("--method needs one name at least, such as jacobian")
    check_seed(options.seed)
    check_device(options.device)


def subject(options: Options) -> tuple[BasePolicy, ModelEnv | None, str]:
    """
    The policy, its env, and a name for the folder.

    :raises UserError: if there is no such model, or nowhere for it to play
    """
    if options.model.is_dir():
        run = RunFolder.check_existing(options.model)
        if options.env is not None or options.env_kwargs or options.gaze_kwargs or options.vec_normalize is not None:
            raise UserError(
                f"{options.model} is a run folder, which knows its env; leave out --env, --env-kwargs, "
                "--gaze-kwargs and --vec-normalize"
            )
        env: ModelEnv | None = ModelEnv.of_run(run.read_config())
        path, name = run.latest_checkpoint(), options.model.resolve().name
    else:
        path, name, env = options.model, options.model.stem, None
    try:
        policy = load_policy(path, options.device)
    except SavedPolicyError as error:
        raise UserError(str(error)) from error
    if options.env is not None:
        gaze_kwargs = read_kwargs(options.gaze_kwargs, "--gaze-kwargs")
        env = ModelEnv.for_policy(policy, options.env, read_kwargs(options.env_kwargs), gaze_kwargs, options.vec_normalize)
    if env is None and options.probes is None:
        raise UserError("say where the model plays with --env, or give states with --probes")
    return policy, env, name


def played(policy: BasePolicy, env: ModelEnv, options: Options) -> Stretch:
    """The model at play."""
    made = env.make(1, options.seed, "rgb_array")
    try:
        return Player(made).record(policy, options.steps)
    finally:
        made.close()


def chosen(stretch: Stretch | None, options: Options) -> tuple[Any, ProbeSet, th.Tensor | None]:
    """
    The states that get maps: as the policy takes them, as they are kept, and what was remembered before each.

    :raises UserError: if the given states cannot be read
    """
    if options.probes is not None:
        if not options.probes.is_file():
            raise UserError(f"there is no file {options.probes}")
        probes = ProbeSet.load(options.probes)
        if probes is None:
            raise UserError(f"{options.probes} holds no probe states, or is damaged; give the probes.npz of a saliency folder")
        return probes.observations, probes, None
    assert stretch is not None
    places = (np.arange(options.states) * options.steps + options.steps // 2) // options.states
    some = stretch.some(places)
    return some.observations, ProbeSet(pictured(some.observations), some.frames, places / options.steps), some.memory


def causal(policy: BasePolicy, env: ModelEnv, heads: list[str], options: Options) -> dict[str, CausalCheck]:
    """The check in the game itself, with each head's map by the first method."""
    method = methods_named(options.method[:1])[options.method[0]]
    make = partial(env.make, CAUSAL_GAMES, options.seed, None)
    return {head: causal_check(policy, make, head, method, options.causal, seed=options.seed) for head in heads}


def sees_images(policy: BasePolicy) -> bool:
    """Whether anything that a policy sees has the shape (C, H, W)."""
    space = policy.observation_space
    return any(len(one.shape or ()) == 3 for one in (space.spaces.values() if isinstance(space, spaces.Dict) else [space]))


def is_stack(maps: np.ndarray) -> bool:
    """Whether maps are of grey frames, one a channel, rather than of colours or a single frame."""
    return maps.ndim == 4 and maps.shape[1] > 1 and maps.shape[1] % 3 != 0 and bool(maps.any())


def through_time(
    policy: BasePolicy, stretch: Stretch, heads: tuple[str, ...], options: Options, folder: Path
) -> dict[str, tuple[float, np.ndarray]]:
    """Pictures and films of what decisions rest on, and for each head the mean lag and the mean norm by lag."""
    if not head_reader(policy).recurrent or not options.through_time:
        return {}
    first = stretch.some(slice(options.through_time))
    obs, starts = first.observations, first.starts
    assert starts is not None
    found = {}
    for head in heads:
        norms = temporal_norms(policy, obs, head, starts)
        write_npz(folder / f"through-time-{head}.npz", {"norms": norms, "starts": starts})
        write_png(folder / f"through-time-{head}.png", time_square(norms, head, starts))
        if len(norms) <= LONGEST_FILM:
            whole_jacobian = pictured(sequential_jacobian(policy, obs, head, starts)).numpy()
            write_mp4(folder / f"through-time-{head}.mp4", time_film(pictured(obs), whole_jacobian, first.frames), fps=5)
        found[head] = (mean_lag(norms), lag_profile(norms, starts=starts))
    return found


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
