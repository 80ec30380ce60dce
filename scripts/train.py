"""Train an agent on an Atari game, with saliency maps of its heads on the way: python scripts/train.py --env Enduro"""

import before_torch  # noqa: F401, I001  # before torch

import secrets
import shlex
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import CSVOutputFormat, Logger
from stable_baselines3.common.vec_env import VecEnv

from agent_setup import (
    ALGORITHMS,
    GLIMPSE_AGENTS,
    LARGEST_SEED,
    build_model,
    canonical_name,
    check_device,
    check_seed,
    fit_to_run,
    is_atari,
    read_hyperparameters,
    run_env,
)
from gaze_envs import EPISODES_AT_ONCE, FORCED, SEEDS_APART, GazeChoice, read_kwargs, task_id
from plain_errors import UserError, fail, plain_errors
from run_folder import RunFolder
from saccade.agents import DoubleDQN, NonFiniteLossError, PrioritizedFrameReplayBuffer
from saccade.saliency import GazeCallback, SaliencyCallback
from training_callbacks import CheckpointWriter, LogWriter, ScoreKeeper, StopAtSignal
from weights_and_biases import Mode, WandbWriter, finish_run, start_run

CHANGEABLE = ("total_timesteps", "device", "wandb", "progress")  # options of a resumed run


@dataclass(frozen=True)
class Options:
    """Train an agent; everything it leaves behind is in one run folder."""

    env: str = "Enduro"
    """Atari game in any spelling, ClutteredMNIST, TranslatedMNIST or Catch, or the gymnasium id of an env with images and discrete
    actions."""
    agent: str | None = None
    """Agent: pqn (default for Atari), dueling-dqn, prioritized-dueling-dqn, double-dqn; with a gaze of its own glimpse-reinforce
    (default for the suite's own envs) or glimpse-ppo."""
    env_kwargs: tuple[str, ...] = ()
    """For agents with a gaze: keyword arguments of the env, such as size=100 distractors=8 dataset=digits."""
    gaze: GazeChoice | None = None
    """For agents with a gaze: learned, or as a control random or centre, whatever the agent wants to look at. Default: what the
    hyperparameter file says, which is learned in the suite's own."""
    total_timesteps: int | None = None
    """Env steps (4 emulator frames each in Atari), rounded up to whole rollouts, by glimpse-reinforce to whole episodes of all
    envs; default: what the hyperparameter file says."""
    n_envs: int | None = None
    """Games played in parallel; updates per env step stay the same, but for glimpse-reinforce, whose batch it is. Default: what the
    hyperparameter file says."""
    seed: int = 0
    """Seed of networks, exploration and games."""
    device: str = "auto"
    """Device of torch: auto, cpu, cuda, cuda:1, mps."""
    eager: bool = False
    """Exact float32 arithmetic without torch.compile: slower, and the same seed gives the same run."""
    wandb: Mode | None = None
    """Weights & Biases; default: online where a key is configured, else offline."""
    wandb_project: str = "saccade"
    """Project in your W&B account."""
    output: Path | None = None
    """Run folder to make; default: runs/<env>-<agent>-<seed>-<time>."""
    resume: Annotated[Path | None, tyro.conf.arg(metavar="RUN_DIR")] = None
    """Go on with the run in this folder; its own options hold, but for --total-timesteps, --device, --wandb and --no-progress."""
    hyperparameters: Path | None = None
    """Hyperparameter file in RL Zoo's form, instead of hyperparams/<agent>.yml."""
    eval_every: int = 250_000
    """Env steps between evaluations on separate envs; there is one at the end in any case."""
    eval_games: int | None = None
    """Whole games in each evaluation; 0 for none. Default: 5, of the suite's own envs 2,000."""
    checkpoint_every: int = 100_000
    """Env steps between checkpoints."""
    saliency_budget: float = 0.01
    """Share of the time that saliency events may take, but for the first and the last one."""
    saliency_every: int | None = None
    """Env steps between saliency events, instead of a budget."""
    progress: bool = True
    """Show a progress bar."""


def main(options: Options) -> None:
    with ExitStack() as at_end:
        if options.resume is not None:
            at_end.enter_context(RunFolder.check_existing(options.resume).occupied())
        run, config = start_or_resume(options)
        try:
            options = Options(**{**config["options"], "output": run.path, "resume": options.resume})
        except TypeError as error:
            raise UserError(f"{run.path / 'config.yml'} has an option that train.py does not know: {error}") from error
        hyperparameters = config["hyperparameters"]
        total = hyperparameters["n_timesteps"]

        assert options.agent is not None
        assert options.eval_games is not None
        env = run_env(options.env, options.agent, hyperparameters, hyperparameters["n_envs"], options.seed)
        at_end.callback(env.close)
        players = min(max(options.eval_games, 1), EPISODES_AT_ONCE if task_id(options.env) else 4)
        eval_env = run_env(options.env, options.agent, hyperparameters, players, options.seed + 10_000, evaluation=True)
        at_end.callback(eval_env.close)
        if options.resume is None:
            seed = options.seed if options.agent not in GLIMPSE_AGENTS else options.seed * SEEDS_APART % 2**31
            model = build_model(options.agent, hyperparameters, env, seed, options.device, options.eager)
            run.make(config)
            at_end.enter_context(run.occupied())
        else:
            model = continue_model(run, options, env, hyperparameters)
            if model.num_timesteps >= total:
                raise UserError(f"{run.path} has done {model.num_timesteps:,} env steps; give a larger --total-timesteps to go on")
            run.write_config(config)  # with the new total
        name = f"{options.env} {options.agent} seed {options.seed}"
        at_end.callback(finish_run)
        start_run(run.path, options.wandb, config, name, config["wandb_id"], options.wandb_project)
        model.set_logger(Logger(str(run.path), [CSVOutputFormat(str(progress_file(run.path))), WandbWriter()]))
        print(f"{options.env}: {total - model.num_timesteps:,} env steps on {model.device}; run folder {run.path}", flush=True)
        train(model, run, eval_env, options, total)


def start_or_resume(options: Options) -> tuple[RunFolder, dict[str, Any]]:
    """The run's folder (not made yet if the run is new) and its configuration, with everything checked that can be."""
    for name, value, least in (
        ("total-timesteps", options.total_timesteps, 1),
        ("n-envs", options.n_envs, 1),
        ("eval-every", options.eval_every, 1),
        ("eval-games", options.eval_games, 0),
        ("checkpoint-every", options.checkpoint_every, 1),
        ("saliency-every", options.saliency_every, 1),
    ):
        if value is not None and value < least:
            raise UserError(f"--{name} is {value}; it must be at least {least}")
    if options.n_envs is not None and options.n_envs > 1024:
        raise UserError(f"--n-envs is {options.n_envs}; it must be at most 1024")
    check_seed(options.seed)
    if not 0 < options.saliency_budget <= 1:
        raise UserError(f"--saliency-budget is {options.saliency_budget}; it must be above 0 and at most 1 (all of the time)")
    check_device(options.device)
    if options.resume is not None:
        run = RunFolder.check_existing(options.resume)
        config = run.read_config()
        check_resumed(options, run, config["options"])
        if config["options"]["agent"] not in ALGORITHMS:
            raise UserError(f"{run.path} was trained with the unknown agent {config['options']['agent']!r}")
        if options.device != "auto":
            config["options"]["device"] = options.device
        if options.wandb is not None:
            config["options"]["wandb"] = options.wandb
        config["options"]["progress"] = options.progress
        check_device(config["options"]["device"])
        if options.total_timesteps is not None:
            extend(config["hyperparameters"], options.total_timesteps)
            config["options"]["total_timesteps"] = options.total_timesteps
        run.latest_checkpoint()
        return run, config
    options = with_defaults(options)
    assert options.agent is not None
    read = read_hyperparameters(options.agent, options.hyperparameters, options.env)
    if options.agent in GLIMPSE_AGENTS:
        for name in ("env_kwargs", "gaze_kwargs"):
            if not isinstance(read.setdefault(name, {}), dict):
                raise UserError(f"{name} must be keyword arguments, such as {{size: 60}} or {{}}, not {read[name]!r}")
        read["env_kwargs"] = {**read["env_kwargs"], **read_kwargs(options.env_kwargs)}
        if options.gaze is not None:
            read["gaze_kwargs"] = {**read["gaze_kwargs"], "forced": FORCED[options.gaze]}
    total = options.total_timesteps or int(read["n_timesteps"])
    hyperparameters = fit_to_run(read, options.n_envs or int(read["n_envs"]), total)
    short_name = options.env.split("/")[-1].split(":")[-1]
    default = Path("runs", f"{short_name}-{options.agent}-{options.seed}-{time.strftime('%Y%m%d-%H%M%S')}")
    run = RunFolder.check_new(options.output or default)
    recorded = {key: plain(value) for key, value in asdict(options).items() if key not in ("output", "resume")}
    versions = {name: version(name) for name in ("saccade-rl", "stable-baselines3", "torch", "ale-py", "gymnasium")}
    return run, {"options": recorded, "hyperparameters": hyperparameters, "versions": versions, "wandb_id": secrets.token_hex(4)}


def plain(value: Any) -> Any:
    """As YAML writes it without tags."""
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def check_resumed(options: Options, run: RunFolder, recorded: dict[str, Any]) -> None:
    """
    :param options: as given
    :param run: to go on with
    :param recorded: its own options
    :raises UserError: if one that a run keeps was given another value, unless that is the default, as if it had not been given
    """
    for option in fields(Options):
        given = plain(getattr(options, option.name))
        kept = recorded.get(option.name)
        same = given == kept or (option.name == "env" and canonical_name(str(given)) == canonical_name(str(kept)))
        if option.name not in (*CHANGEABLE, "resume") and given != plain(option.default) and not same:
            name, *changeable = (f"--{name.replace('_', '-')}" for name in (option.name, *CHANGEABLE))
            raise UserError(
                f"{name} does not go with --resume: {run.path} keeps its own options, but for {', '.join(changeable)}; "
                "leave it out, or start a new run"
            )


def with_defaults(options: Options) -> Options:
    """
    Options that depend on the env filled in.

    :raises UserError: if agent and env do not fit each other
    """
    own = task_id(options.env) is not None
    if task_id(options.env) == "saccade/CopyRecall-v0":
        raise UserError(
            "CopyRecall is for recurrent policies without a gaze, which no agent here has; take "
            'sb3_contrib.RecurrentPPO("MlpLstmPolicy", ...) in your own SB3 script'
        )
    agent = options.agent or ("glimpse-reinforce" if own else "pqn")
    games = options.eval_games if options.eval_games is not None else 2000 if own else 5
    if agent in ALGORITHMS:
        looks = agent in GLIMPSE_AGENTS
        if looks and not own and not is_atari(options.env):
            raise UserError(
                f"{agent} plays Atari games and the suite's own envs; for {options.env} put saccade.envs.GazeWrapper "
                "and saccade.policies.GlimpsePolicy into your own SB3 script"
            )
        if agent == "glimpse-reinforce" and not own:
            raise UserError(
                f"glimpse-reinforce needs episodes of one length, as the suite's own envs have; for {options.env} take "
                "--agent glimpse-ppo"
            )
        if not looks and own:
            raise UserError(f"{agent} has no gaze; for {options.env} take --agent glimpse-reinforce")
        if not looks and (options.env_kwargs or options.gaze is not None):
            raise UserError(f"--env-kwargs and --gaze are for agents with a gaze ({', '.join(GLIMPSE_AGENTS)}), not for {agent}")
    return replace(options, agent=agent, eval_games=games)


def extend(hyperparameters: dict[str, Any], total: int) -> None:
    """Give a run another total of env steps."""
    replay = hyperparameters.get("replay_buffer_kwargs", {})
    if "beta_updates" in replay:
        replay["beta_updates"] = max(replay["beta_updates"] * total // hyperparameters["n_timesteps"], 1)
    hyperparameters["n_timesteps"] = total


def continue_model(run: RunFolder, options: Options, env: VecEnv, hyperparameters: dict[str, Any]) -> BaseAlgorithm:
    """The newest checkpoint's model, with the replay buffer if it has one and the run was stopped in an orderly way."""
    assert options.agent is not None
    model = run.load(ALGORITHMS[options.agent], run.latest_checkpoint(), env=env, device=options.device)
    # Loading seeds everything as at the start; what comes next must be neither what came then nor what another seed's run sees.
    drawn = np.random.SeedSequence([options.seed, model.num_timesteps]).generate_state(1)[0]
    model.set_random_seed(int(drawn) % LARGEST_SEED)
    if not isinstance(model, DoubleDQN):
        return model
    if run.replay.exists():
        try:
            model.load_replay_buffer(run.replay)
        except Exception as error:  # unpickling damaged bytes calls what they happen to name, so that any error may come out
            raise UserError(f"{run.replay} is damaged ({type(error).__name__}); delete it to go on with an empty buffer") from error
    else:
        # Nothing to learn from yet: act at random until the buffer holds as much as at a fresh start.
        model.learning_starts = int(hyperparameters["learning_starts"]) + model.num_timesteps
        print(f"no replay buffer was saved with {run.path}; learning goes on after {model.learning_starts:,} env steps")
    if isinstance(model.replay_buffer, PrioritizedFrameReplayBuffer):
        model.replay_buffer.samples = model._n_updates
        model.replay_buffer.beta_updates = hyperparameters["replay_buffer_kwargs"]["beta_updates"]
    print(f"the replay buffer holds {model.buffer_size:,} transitions, as when the run began")
    return model


def command(script: str, run: Path, *option: str) -> str:
    """How to call a script on a run with the Python that runs this one, to be pasted into a shell."""
    python, file = Path(sys.executable), Path(__file__).resolve().parent / script
    here = Path.cwd()
    python, file = (path.relative_to(here) if path.is_relative_to(here) else path for path in (python, file))
    return shlex.join([str(python), str(file), *option, str(run)])


def progress_file(folder: Path) -> Path:
    """progress.csv, or progress-2.csv and so on for the later parts of a resumed run."""
    path, part = folder / "progress.csv", 2
    while path.exists():
        path, part = folder / f"progress-{part}.csv", part + 1
    return path


def train(model: BaseAlgorithm, run: RunFolder, eval_env: VecEnv, options: Options, total: int) -> None:
    """Learn until the end or Ctrl-C; either way the run can be evaluated, and resumed."""
    assert options.eval_games is not None
    kind, name = (GazeCallback, "gaze") if options.agent in GLIMPSE_AGENTS else (SaliencyCallback, "saliency")
    pictures = kind(folder=run.path / name, budget=options.saliency_budget, every=options.saliency_every)
    with StopAtSignal() as stop:
        scores = ScoreKeeper(eval_env, options.eval_games, options.eval_every, stop=lambda: stop.stopped)
        logs = LogWriter(every=min(max(total // 100, 500), 10_000))
        callbacks = [stop, logs, CheckpointWriter(run, options.checkpoint_every), pictures]
        if options.eval_games:
            callbacks.append(scores)
        try:
            model.learn(
                total - model.num_timesteps,
                callbacks,
                log_interval=None,  # type: ignore[arg-type]  # LogWriter does it
                reset_num_timesteps=False,
                progress_bar=options.progress,
            )
            checkpoint = run.save_checkpoint(model)
        except NonFiniteLossError as error:
            kept = sorted(run.checkpoints.glob("step_*.zip"))
            fail(f"{error}. The last good one is {kept[-1] if kept else 'none: it happened before the first'}", status=1)
        model.dump_logs()
        if stop.stopped:
            if isinstance(model, DoubleDQN):
                run.save_replay_buffer(model)
            print(f"stopped at {model.num_timesteps:,} env steps; go on with: {command('train.py', run.path, '--resume')}")
            return
        run.replay.unlink(missing_ok=True)  # of an earlier stop
        if options.eval_games and scores.latest < model.num_timesteps:
            scores.score()
    print(f"done: {checkpoint}; pictures in {run.path / name}; scores: {command('evaluate.py', run.path)}")


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
