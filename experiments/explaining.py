"""Explanation as a function: from any saved model, or a run folder, to a folder of maps with checks."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..saliency import Explanation, ProbeSet, States, load_policy
from ..saliency import explain as explain_states
from ..saliency.checks.causal_check import causal_check
from ..saliency.extras import Extras
from ..saliency.map_key import ATTENTION
from ..saliency.memory.episode_drawing import Drawing, drawing_of
from ..saliency.memory.stretch_of_play import evenly
from ..saliency.methods import methods_named
from ..saliency.methods.first_map import first_methods
from ..saliency.methods.map_making import film_maps
from ..saliency.readers.entries import letters_of, sees_images
from ..saliency.readers.head import shown_heads
from ..saliency.readers.head_reader import head_reader
from ..saliency.readers.seen_axes import say_axes
from ..saliency.records.saliency_event import SaliencyEvent
from ..saliency.states.game_pictures import env_that_draws
from ..saliency.states.known_objects import game_of, with_objects
from ..saliency.states.names import Names as EnvNames
from ..saliency.states.notes import Notes, notes_of
from ..saliency.states.play import Player
from ..saliency.states.several_games import states_of_games
from ..saliency.whole_file import write_text
from .errors import ConfigError
from .explained.own_methods import with_own_methods
from .explained.sheets import write_sheets
from .explained.through_time import write_through_time
from .model_envs.model_env import ModelEnv
from .own_output import check_new_folder, is_explanation, new_folder
from .reading.user_modules import module_of
from .reporting import SILENT, Reporter
from .run_folder import RunFolder
from .scoring.game_kinds import STICKY
from .setup.arguments import Names, as_list, as_path, said_axes, to_path
from .setup.device_and_seed import check_device, check_seed
from .setup.env_names import check_env_name
from .setup.run_envs import run_env
from .zoo.address import is_hub_address
from .zoo.saved_model import is_saved_model, saved_model

CAUSAL_GAMES = 8  # at once


def explain(
    model: Path | str,
    *,
    env: str | None = None,
    heads: Names | None = None,
    methods: Names | None = None,
    states: int = 8,
    steps: int = 400,
    games: int = 8,
    probes: Path | str | None = None,
    through_time: int = 64,
    video_steps: int = 150,
    causal: int = 0,
    checks: bool = True,
    controls: bool = False,
    output: Path | str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    gaze_kwargs: Mapping[str, Any] | None = None,
    vec_normalize: Path | str | None = None,
    trust: bool = False,
    axes: Names | None = None,
    force: bool = False,
    seed: int = 1_000_000,
    device: str = "auto",
    feature_names: Names = (),
    reporter: Reporter = SILENT,
) -> Explanation:
    """
    Maps of a saved model's heads, with checks that say how far to trust them, in a new folder that ``compare`` reads as well.

    :param model: A .zip saved by any algorithm of SB3 or sb3-contrib other than ARS, a run folder, a folder of RL Zoo, or a model
        on the Hugging Face hub: hf:owner/repo, hf:owner/repo:file.zip@revision. It is read without running code that is in it.
    :param env: Where the model plays: an Atari game in any spelling, one of the suite's tasks, or a gymnasium id. Not for run
        folders. Default: the env that RL Zoo's files beside the model name.
    :param heads: Heads, by name; default: the main ones. A wrong name lists those that the model has.
    :param methods: Methods, by name: jacobian, jacobian_x_contrast, jacobian_x_contrast_summed, jacobian_x_contrast_smooth,
        gradient_x_input, smoothgrad, integrated_gradients, integrated_gradients_blurred, grad_cam, occlusion, deletion,
        greydanus, sarfa, rise, attention; or my_module:my_method of a module of yours. Default: of images
        jacobian_x_contrast and jacobian (and attention of a policy that has it), of vectors jacobian.
    :param states: States that get maps, spread evenly over the steps played.
    :param steps: Env steps that the model plays.
    :param games: Games that the states are from, in turn, so that intervals speak of games. Those of Atari repeat an action now and
        then (sticky actions, 0.25), because greedy games are copies of each other. The video is of one greedy game; with 1 the
        states are of that game, too, and their intervals say nothing about other games.
    :param probes: States of another run or explanation (its probes.npz) instead, so that compare can lay the maps side by side.
    :param through_time: For recurrent models: decisions, from the first step played, of which a Jacobian through time is made,
        with occlusion beside it; 0 for none. If the episode that is running then ends within 512 steps, they are its last ones.
    :param video_steps: Env steps in the video, of those played; 0 for none.
    :param causal: Env steps of the causal check: blank out the most salient square in the game, or that of a control, and see what
        changes; 0: none.
    :param checks: Checks of each head and method.
    :param controls: Also the checks of each map with its places shuffled, and of the same network with random weights: what they
        look like where there is nothing to find.
    :param output: Folder to make; default: explain-MODEL in the working directory.
    :param env_kwargs: Keyword arguments of the env, such as size=100 dataset=digits.
    :param gaze_kwargs: How the env of a model with a gaze was wrapped (VectorGazeWrapper), such as relative=true tiles=[2,3].
        Default: the first gaze at the centre, tiles in a square.
    :param vec_normalize: Statistics of the VecNormalize that the model was trained in (vecnormalize.pkl).
    :param trust: Read files as SB3 does, which runs the code in them. Only for files that you trust. Needed for models with classes
        or functions of your own.
    :param axes: What the axes of observations are, if the report says that they were guessed: a letter for each, H rows, W
        columns, C channels, T frames of a stack, such as HWC, or board=HWC for an entry of a dict.
    :param force: Replace the folder if it exists. Only a folder with nothing but files of this command is replaced.
    :param seed: Seed of the env, and of what the checks draw at random.
    :param device: Device of torch.
    :param feature_names: Names of a vector's features, for the pictures. Default: the env's feature_names or observation_names.
    :param reporter: gets the report
    :raises ConfigError: if an argument cannot be
    :raises RunFolderError: if the run folder is damaged
    :raises OutputError: if the folder exists already or cannot be written
    :raises ZooError: if a model of RL Zoo or of the hub is missing or damaged
    :raises SaliencyError: if the model cannot be read, or has no such head or map
    """
    _check_least(1, states=states, steps=steps, games=games)
    _check_least(0, causal=causal, through_time=through_time, video_steps=video_steps)
    if states > steps and probes is None:
        raise ConfigError(f"is {states}, but only {steps} steps are played; give more steps", option="states")
    if methods is not None and not as_list(methods):
        raise ConfigError("methods needs one name at least, such as jacobian")
    check_seed(seed)
    check_device(device)
    statistics, states_file, wanted = as_path(vec_normalize), as_path(probes), as_path(output)
    if env is not None:
        check_env_name(env)
    asked_methods = methods_named(with_own_methods(as_list(methods)))
    if wanted is not None and is_hub_address(str(model)):
        check_new_folder(wanted, force, is_explanation)  # before anything is downloaded
    policy, place, name, about = _subject(model, device, env, env_kwargs or {}, gaze_kwargs or {}, statistics, trust, reporter)
    if place is None and probes is None:
        raise ConfigError("say where the model plays with env, or give states with probes")
    said = said_axes(as_list(axes))
    if said:
        say_axes(policy, said)
    if causal and (place is None or not sees_images(policy)):
        raise ConfigError("needs an env with images: it blanks out squares of them while the model plays", option="causal")
    shown = shown_heads(policy, tuple(as_list(heads)) or None)
    used = asked_methods or methods_named(first_methods(policy, shown))
    first, folder = next(iter(used)), wanted or Path(f"explain-{name}")
    implicit = next((name for name in used if name != ATTENTION), "")
    check_new_folder(folder, force, is_explanation)  # after the options: a wrong one is not hidden by a folder that is there
    given = None if states_file is None else _read_probes(states_file)

    played, known, game, drawing = (
        (None, EnvNames(), "", None) if place is None else _played(policy, place, steps, seed, as_list(feature_names))
    )
    turns = min(games, states) if given is None else 1
    several = None
    if place is not None and turns > 1:
        several = states_of_games(policy, partial(place.make, turns, seed), evenly(states, steps), seed, STICKY if game else 0.0)
    asked, kept = _chosen(policy, given, played, states, several)
    asked = with_objects(asked, game)
    kept = replace(kept, objects=asked.objects)
    in_env = f" in {place.name}" if place is not None else ""
    of_probes = f", maps of the states of {probes}" if probes is not None else ""
    explanation = explain_states(
        policy, asked, shown, tuple(used), trust=checks, controls=controls, seed=seed, about=f"{about}{in_env}{of_probes}"
    )
    explanation = replace(explanation, notes=[*explanation.notes, *(() if place is None else place.notes)])
    if causal and place is not None:
        make = partial(place.make, CAUSAL_GAMES, seed, None)
        mapped = [one for one in shown if any(key[:2] == (one, first) for key in explanation.maps)]
        outcomes = {one: causal_check(policy, make, one, used[first], causal, seed=seed) for one in mapped}
        explanation = replace(explanation, causal=outcomes)
    extras = Extras("pictures", "maps and checks are complete")
    with new_folder(folder, force, is_explanation) as part:
        if played is not None and through_time and head_reader(policy).recurrent:
            looked = write_through_time(policy, played, shown, through_time, part, extras, known.features, drawing)
            explanation = replace(explanation, lags=looked.lags, notes=[*explanation.notes, *looked.notes])
        film = None if played is None or not video_steps else played.some(slice(video_steps))
        of_film, without_maps = (None, "") if film is None else film_maps(policy, film, shown)
        explanation = replace(explanation, notes=[*explanation.notes, *filter(None, [without_maps])])
        notes = _notes(policy, asked, played, film, known, extras, given is None, turns)
        verdicts = explanation.verdicts()
        SaliencyEvent(0, kept, explanation.maps, film, of_film, {}, *notes, explanation.about, verdicts).write(part, extras)
        write_sheets(part, explanation, asked, implicit, notes[0], extras)
        write_text(part / "report.json", json.dumps(explanation.figures(), indent=1, allow_nan=False))
        write_text(part / "report.md", explanation.text())
    reporter.say(explanation.text())
    reporter.say(f"maps: {folder}")
    return explanation


def _check_least(least: int, **numbers: int) -> None:
    for name, value in numbers.items():
        if value < least:
            raise ConfigError(f"is {value}; it must be at least {least}", option=name)


def _subject(
    model: Path | str,
    device: str,
    env: str | None,
    env_kwargs: Mapping[str, Any],
    gaze_kwargs: Mapping[str, Any],
    vec_normalize: Path | None,
    trust: bool,
    reporter: Reporter,
) -> tuple[BasePolicy, ModelEnv | None, str, str]:
    """The policy, its env, a name for the folder, and where the policy is from."""
    if is_saved_model(model) or not to_path(model).is_dir():
        saved = saved_model(model, trust, reporter)
        policy = load_policy(saved.path, device, trust, module_of(env))
        return policy, saved.place(policy, env, env_kwargs, gaze_kwargs, vec_normalize), saved.name, saved.about
    folder = RunFolder.check_existing(to_path(model))
    if env is not None or env_kwargs or gaze_kwargs or vec_normalize is not None:
        raise ConfigError(f"{model} is a run folder, which knows its env; leave out env, env_kwargs, gaze_kwargs and vec_normalize")
    record = folder.read({"device": device})

    def make(n_envs: int, seed: int, render_mode: str | None) -> VecEnv:
        config, how = record.config, record.hyperparameters
        return run_env(config.env, config.spec, how, n_envs, seed, True, render_mode, device=device)

    place = ModelEnv(make, record.config.env)
    return load_policy(folder.latest_checkpoint(reporter), device, trust), place, folder.path.resolve().name, str(model)


def _read_probes(path: Path) -> ProbeSet:
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    probes = ProbeSet.load(path)
    if probes is None:
        raise ConfigError(f"{path} holds no probe states, or is damaged; give the probes.npz of a saliency folder")
    return probes


def _played(
    policy: BasePolicy, place: ModelEnv, steps: int, seed: int, features: list[str]
) -> tuple[States, EnvNames, str, Drawing | None]:
    """The steps, the names of actions and features, which Atari game it is, and how the env draws an episode."""
    made = env_that_draws(lambda mode: place.make(1, seed, mode))
    try:
        return Player(made).record(policy, steps), EnvNames.of(made, features), game_of(made), drawing_of(made)
    finally:
        made.close()


def _chosen(
    policy: BasePolicy, given: ProbeSet | None, played: States | None, count: int, several: States | None
) -> tuple[States, ProbeSet]:
    """The states that get maps, as the policy takes them and as they are kept: the given ones, or some of those played."""
    if given is not None:
        # Its memory, if any, is another policy's, and its axes too: here each state counts as the start of an episode.
        axes = letters_of(policy)
        known: dict[str, Any] = {"masks": given.masks, "objects": given.objects, "games": given.games}
        asked = States(given.observations, given.frames, given.phases, axes=axes, **known)
        return asked, replace(given, axes=asked.axes)
    assert played is not None
    steps = len(played)
    rows = evenly(count, steps)
    asked = played.some(rows) if several is None else several
    return asked, ProbeSet(**{**vars(asked), "phases": rows / steps})


def _notes(
    policy: BasePolicy,
    asked: States,
    played: States | None,
    film: States | None,
    known: EnvNames,
    extras: Extras,
    of_play: bool,
    games: int,
) -> tuple[Notes, Notes]:
    """What the pictures say of the states and of the video."""
    count = len(asked)
    steps = evenly(count, len(played)).tolist() if of_play and played is not None else []
    of_game = [f"game {k % games + 1}, " if games > 1 else "" for k in range(count)]
    places = [f"{of_game[k]}step {step}" for k, step in enumerate(steps)] or [f"state {i + 1}" for i in range(count)]
    vector = asked.observations
    names = known if isinstance(vector, dict) else known.for_length(vector[0].size)
    of_states = extras.tried(lambda: notes_of(policy, asked, places, names))
    if played is None or film is None:
        return of_states or Notes(), Notes()
    shown = played.some(slice(len(film)))
    of_film = extras.tried(lambda: notes_of(policy, shown, [f"step {t}" for t in range(len(shown))], names))
    return of_states or Notes(), of_film or Notes()
