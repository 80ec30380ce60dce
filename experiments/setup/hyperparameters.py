"""An agent's hyperparameters: read from a file in RL Zoo's form, checked, and fitted to the length and the envs of a run."""

from collections.abc import Collection, Mapping
from fractions import Fraction
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

from ... import hyperparams
from ..errors import ConfigError
from ..reading.yaml_file import YamlError, read_yaml
from .agent_spec import AGENTS, AgentSpec, agent_named
from .env_kwargs import check_env_kwargs, check_gaze_kwargs
from .env_names import task_id
from .gazes.gaze_choice import Followed
from .policies import NESTED, check_nested_kwargs
from .values.bounds import BOUNDS, Fall
from .values.keywords import parameter_types, problem_of
from .values.plain_values import plain

WITH_OPTIONS = {"n_envs": "n_envs", "n_timesteps": "total_timesteps", "env_kwargs": "env_kwargs"}
NEEDED = ("policy", "n_envs", "n_timesteps")
OF_THE_RUN = (*NEEDED, "env_kwargs", "gaze_kwargs")  # not arguments of the algorithm
ATARI_WRAPPER = "stable_baselines3.common.atari_wrappers.AtariWrapper"
# What RL Zoo needs and a run does by itself, with games and with the suite's own tasks. Another value would be left out unsaid.
FOR_RL_ZOO_ONLY: dict[str, tuple[Any, ...]] = {"env_wrapper": (ATARI_WRAPPER, [ATARI_WRAPPER], None, []), "frame_stack": (4, None)}
WITH_TASKS: dict[str, tuple[Any, ...]] = {"env_wrapper": (None, []), "frame_stack": (1, None)}
UPDATES = {"train_freq", "gradient_steps"}
FITTED = {"n_steps", "learning_starts", "buffer_size", *UPDATES}  # what another number of envs or a short run changes
# Arguments of an algorithm that are not hyperparameters: the run decides them.
DECIDED = ("policy", "env", "seed", "device", "replay_buffer_class", "_init_setup_model")


class Recorded(dict[str, Any]):
    """Hyperparameters of a run that exists. Versions before this one did not check their names and types, so they are kept."""


def read_hyperparameters(agent: str, file: Path | None = None, env: str = "atari") -> dict[str, Any]:
    """
    An agent's hyperparameters, as its file has them for an env.

    :param agent: name of the agent
    :param file: another file in RL Zoo's form, instead of the agent's own in hyperparams/
    :param env: name of the env; the suite's tasks have entries of their own, all others are under ``atari``
    :raises ConfigError: if there is no such agent, or the file cannot be used
    """
    spec, entry = agent_named(agent), task_id(env) or "atari"
    source = file or files(hyperparams).joinpath(f"{agent}.yml")
    try:
        content = read_yaml(source)
    except YamlError as error:
        raise ConfigError(f"{source} {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get(entry), dict):
        if file is None:
            able = [name for name in AGENTS if entry in read_yaml(files(hyperparams).joinpath(f"{name}.yml"))]
            raise ConfigError(f"{agent} has no hyperparameters for {env}; these agents have: {', '.join(able)}", option="agent")
        if isinstance(content, dict) and entry in content:
            raise ConfigError(f"{source}: {entry} is {content[entry]!r}; it must have hyperparameters, such as n_envs: 8")
        there = f"it has: {', '.join(map(str, content))}" if isinstance(content, dict) and content else "it has no entries"
        raise ConfigError(f"{source} has no entry {entry!r} with hyperparameters; {there}")
    return check_hyperparameters(spec, content[entry], env, f"{source}")


def check_hyperparameters(spec: AgentSpec, given: Mapping[str, Any], env: str, where: str = "hyperparameters") -> dict[str, Any]:
    """
    Hyperparameters with everything checked that can be checked before the envs are made.

    :param spec: the agent
    :param given: hyperparameters by name
    :param env: name of the env
    :param where: they come from, for the message
    :return: a new dict, with whole numbers as int
    :raises ConfigError: if one is missing, unknown or out of bounds
    """
    if not isinstance(given, Recorded):
        _check_for_rl_zoo(given, env, where)
    chosen = {key: plain(value, f"{where}: {key}") for key, value in given.items() if key not in FOR_RL_ZOO_ONLY}
    for key in chosen:
        if not isinstance(key, str):
            raise ConfigError(f"{where}: the name of a hyperparameter must be a text, not {key!r}")
    if "n_steps" in chosen and spec.replay_buffer is not None:
        raise ConfigError(
            f"{where}: n_steps is PQN's; for returns over several steps give {spec.name} replay_buffer_kwargs: {{n_steps: 3}}"
        )
    for key in NEEDED:
        if key not in chosen:
            raise ConfigError(f"{where} lacks {key!r} for {env}")
    for name in NESTED:
        if not isinstance(chosen.get(name) or {}, Mapping):
            raise ConfigError(f"{where}: {name} must be keyword arguments, such as {{}}, not {chosen[name]!r}")
    if not isinstance(given, Recorded):
        _check_names_and_types(spec, chosen, where)
    for bound in BOUNDS:
        if bound.name in chosen:
            if Fall.of(chosen[bound.name]) is not None and bound.may_fall and bound.name not in spec.may_fall:
                raise ConfigError(f"agent {spec.name!r} takes a number as {bound.name}, not {chosen[bound.name]!r}")
            chosen[bound.name] = bound.checked(chosen[bound.name], where)
    _check_asserted(chosen, where)
    for name in _of_envs(spec):
        if not isinstance(chosen.setdefault(name, {}), Mapping):
            raise ConfigError(f"{name} must be keyword arguments, such as {{size: 60}} or {{}}, not {chosen[name]!r}")
        chosen[name] = dict(chosen[name])
    if spec.takes_env_kwargs:
        check_env_kwargs(env, chosen["env_kwargs"])
    if spec.looks:
        check_gaze_kwargs(chosen["gaze_kwargs"])
        if spec.needs_tiles and chosen["gaze_kwargs"].get("tiles") is None:
            raise ConfigError(f"{where}: {spec.name} chooses among tiles; give gaze_kwargs some, such as {{tiles: 5}}")
        if chosen["gaze_kwargs"].get("taught") is not None:
            _check_teacher(spec, chosen["gaze_kwargs"]["taught"])
    return chosen


def changed(spec: AgentSpec, hyperparameters: Mapping[str, Any], changes: Mapping[str, Any], env: str) -> dict[str, Any]:
    """
    Hyperparameters with some of them changed, checked as strictly as a file.

    :param spec: the agent
    :param hyperparameters: as read
    :param changes: by name; ``policy_kwargs.hidden_width`` is an entry of ``policy_kwargs``
    :param env: name of the env
    :raises ConfigError: if one is unknown or out of bounds, or has an option of its own
    """
    merged = dict(hyperparameters)
    for name, value in changes.items():
        if name in WITH_OPTIONS:
            raise ConfigError(f"does not take {name}, which has an option of its own: {WITH_OPTIONS[name]}", option="set")
        if name in FOR_RL_ZOO_ONLY:
            raise ConfigError(f"does not take {name}, which is RL Zoo's: a run makes its envs itself", option="set")
        *outer, last = str(name).split(".")
        place = merged
        for key in outer:
            inner = place.get(key)
            place[key] = dict(inner) if isinstance(inner, Mapping) else {}
            place = place[key]
        place[last] = value
    return check_hyperparameters(spec, merged, env, "set")


def _check_for_rl_zoo(given: Mapping[str, Any], env: str, where: str) -> None:
    """:raises ConfigError: if an entry for RL Zoo asks for other envs than the run makes"""
    for name, done in (FOR_RL_ZOO_ONLY if task_id(env) is None else WITH_TASKS).items():
        if name in given and given[name] not in done:
            raise ConfigError(
                f"{where}: {name} is {given[name]!r}, but a run with {env} makes its envs itself, as with {done[0]!r}; leave "
                "it out, and put an env of your own in the place of env (--env)"
            )


def _of_the_run(spec: AgentSpec) -> tuple[str, ...]:
    """What a file may have beside the algorithm's own arguments."""
    return (*NEEDED, *_of_envs(spec))


def _of_envs(spec: AgentSpec) -> tuple[str, ...]:
    """Which keyword arguments the envs of an agent take."""
    return ("env_kwargs", "gaze_kwargs") if spec.looks else ("env_kwargs",) if spec.remembers else ()


def _check_teacher(spec: AgentSpec, taught: object) -> None:
    able = [name for name, other in AGENTS.items() if other.looks and getattr(other.algorithm, "takes_lessons", False)]
    if spec.name not in able:
        raise ConfigError(f"gaze_kwargs: {spec.name} does not learn from a teacher of the gaze; take {' or '.join(able)}")
    if Followed.of(taught) is None:
        raise ConfigError(f"gaze_kwargs: taught is {taught!r}; it must be 'follow:' and a run folder or model")


def _check_names_and_types(spec: AgentSpec, chosen: Mapping[str, Any], where: str) -> None:
    ours = _of_the_run(spec)
    types = parameter_types(spec.algorithm)
    known = [name for name in types if name not in DECIDED]
    bounded = [bound.name for bound in BOUNDS]
    for name, value in chosen.items():
        if name not in (*ours, *known):
            raise ConfigError(f"{where}: {spec.name} has no hyperparameter {name!r}; it has: {', '.join((*ours, *known))}")
        problem = problem_of(value, types[name]) if name not in (*ours, *bounded, *NESTED) else None
        if isinstance(value, float) and not isfinite(value):
            problem = f"is {value}; it must be a finite number"
        if problem is not None:
            raise ConfigError(f"{where}: {name} {problem}")
    check_nested_kwargs(spec, chosen, where)


def _check_asserted(chosen: Mapping[str, Any], where: str) -> None:
    """What SB3's constructors only assert about the agents here."""
    clipped = chosen.get("clip_range_vf")
    if isinstance(clipped, int | float) and not clipped > 0:
        raise ConfigError(f"{where}: clip_range_vf is {clipped}; it must be above 0, or null for no clipping")
    of_policy = chosen.get("policy_kwargs") or {}
    if not isinstance(of_policy, Mapping):
        return  # refused elsewhere
    if of_policy.get("squash_output") and not of_policy.get("use_sde"):
        raise ConfigError(f"{where}: policy_kwargs: squash_output needs use_sde; leave squash_output out")
    of_extractor = of_policy.get("features_extractor_kwargs") or {}
    width = of_extractor.get("features_dim", 1) if isinstance(of_extractor, Mapping) else 1
    if not isinstance(width, int) or width < 1:
        raise ConfigError(f"{where}: features_extractor_kwargs: features_dim is {width!r}; it must be a whole number, at least 1")


def fit_to_run(hyperparameters: Mapping[str, Any], n_envs: int, total_timesteps: int, kept: Collection[str] = ()) -> dict[str, Any]:
    """
    Hyperparameters for another number of envs and for a short run.

    Updates per env step stay the same, and without replay also, as nearly as whole numbers allow, the env steps between two
    trainings.

    :param hyperparameters: as read
    :param n_envs: of this run
    :param total_timesteps: env steps of this run; learning starts after a twentieth of it at the latest, and the replay buffer is
        not larger
    :param kept: names whose values the user has chosen for this run; they stay as they are
    """
    own = {name for name in kept if name in FITTED}
    if own & UPDATES:  # one of them alone would mean another number of updates
        own |= UPDATES
    chosen = {name: hyperparameters[name] for name in own if name in hyperparameters}
    return {**_fitted(hyperparameters, n_envs, total_timesteps), **chosen}


def _fitted(hyperparameters: Mapping[str, Any], n_envs: int, total_timesteps: int) -> dict[str, Any]:
    fitted = dict(hyperparameters)
    if "n_steps" in fitted:  # without replay
        fitted["n_steps"] = max(fitted["n_steps"] * fitted["n_envs"] // n_envs, 1)
    if "n_steps" in fitted or not {"buffer_size", "train_freq", "learning_starts"} & fitted.keys():
        fitted["n_envs"], fitted["n_timesteps"] = n_envs, total_timesteps
        return fitted
    written = Fraction(fitted.get("gradient_steps", 1), fitted.get("train_freq", 4) * fitted["n_envs"])  # updates an env step
    per_step = written * n_envs  # updates a step of all envs
    fitted["gradient_steps"], fitted["train_freq"] = per_step.numerator, per_step.denominator
    fitted["n_envs"], fitted["n_timesteps"] = n_envs, total_timesteps
    fitted["learning_starts"] = min(fitted.get("learning_starts", 100), max(total_timesteps // 20, 1))
    replay = fitted.get("replay_buffer_kwargs") or {}
    if "beta" in replay:
        fitted["replay_buffer_kwargs"] = {**replay, "beta_updates": max(int(total_timesteps * written), 1)}
    fitted["buffer_size"] = min(fitted.get("buffer_size", 1_000_000), max(total_timesteps, n_envs))
    return fitted


def too_short(hyperparameters: Mapping[str, Any]) -> str | None:
    """
    What is wrong with a run of one rollout or two; None if nothing is.

    SB3 lets the learning rate fall after it has collected a rollout. So the last one is learned from at the end of the fall.

    :param hyperparameters: as :func:`fit_to_run` gives them
    """
    if "n_steps" not in hyperparameters:
        return None
    rollout, total = hyperparameters["n_steps"] * hyperparameters["n_envs"], hyperparameters["n_timesteps"]
    rollouts = -(-total // rollout)
    if rollouts > 2:
        return None
    rate = Fall.of(hyperparameters.get("learning_rate"))
    spent = " at learning rate 0, so it stays as it was," if rollouts == 1 and rate is not None and rate.last == 0 else ""
    often = "only once," if rollouts == 1 else "only twice,"
    return (
        f"{total:,} env steps are {'one rollout' if rollouts == 1 else 'two rollouts'} of {rollout:,}: the agent learns "
        f"{often}{spent} "
        "and its maps hardly change; give more total_timesteps"
    )


def extended(hyperparameters: Mapping[str, Any], total_timesteps: int) -> dict[str, Any]:
    """
    Fitted hyperparameters of a run that is to go on to another total of env steps.

    :param hyperparameters: as :func:`fit_to_run` gives them
    :param total_timesteps: the new total
    """
    longer = {**hyperparameters, "n_timesteps": total_timesteps}
    replay = hyperparameters.get("replay_buffer_kwargs") or {}
    if "beta_updates" in replay:
        updates = replay["beta_updates"] * total_timesteps // hyperparameters["n_timesteps"]
        longer["replay_buffer_kwargs"] = {**replay, "beta_updates": max(updates, 1)}
    return longer


def small_replay(hyperparameters: Mapping[str, Any], total_timesteps: int) -> str | None:
    """
    What to say of a run that was short and is to go on for longer; None if nothing was cut to its first length.

    :param hyperparameters: as :func:`fit_to_run` gave them for the first length
    :param total_timesteps: the new total
    """
    size, first = hyperparameters.get("buffer_size"), hyperparameters["n_timesteps"]
    if size != max(first, hyperparameters["n_envs"]) or total_timesteps <= first:
        return None
    starts = hyperparameters["learning_starts"]
    return (
        f"the replay buffer keeps {size:,} transitions, and learning began after {starts:,} env steps, as fits the first length of "
        f"{first:,} env steps; for those of a long run start a new one with --total-timesteps {total_timesteps}"
    )
