"""What the user chooses about a training run, checked at construction."""

import dataclasses
import typing
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from .errors import ConfigError
from .setup.agent_spec import LOOKING, REMEMBERING, AgentSpec, agent_named, default_agent
from .setup.arguments import to_path
from .setup.device_and_seed import check_device, check_seed
from .setup.env_kwargs import SPLIT, TO_LEARN_FROM, has_splits
from .setup.env_names import OF_MEMORY, check_env_name, gaze_task, has_answers, is_atari, memory_task, short_name
from .setup.gazes.gaze_choice import GazeChoice, checked_gaze, with_gaze, with_whole_path
from .setup.hyperparameters import Recorded, changed, check_hyperparameters, fit_to_run, read_hyperparameters
from .setup.other_agents import model_at
from .setup.values.bounds import MOST_ENVS, MOST_STEPS, MOST_THREADS
from .setup.values.keywords import check_option
from .setup.values.plain_values import plain

WandbMode = Literal["online", "offline", "disabled"]
APART = ("output", "hyperparameters")  # what config.yml does not have among the options, or not as they are here
LEAST = {
    "total_timesteps": 1,
    "n_envs": 1,
    "eval_every": 1,
    "eval_games": 0,
    "checkpoint_every": 1,
    "keep_checkpoints": 0,
    "saliency_every": 1,
    "threads": 1,
}
MOST = dict.fromkeys(LEAST, MOST_STEPS) | {"n_envs": MOST_ENVS, "threads": MOST_THREADS}


@dataclass(frozen=True)
class RunConfig:
    """
    Train an agent; everything it leaves behind is in one run folder.

    :raises ConfigError: at construction, if a value is of the wrong type or out of range, or if values do not go together
    """

    env: str = "Enduro"
    """Atari game in any spelling, Quadrant (a first look), for a gaze ClutteredMNIST, TranslatedMNIST, DigitPair, DigitSum,
    HouseNumber or Catch, for a memory CopyRecall, PenStrokes or Reorder, or the gymnasium id of an env with images and discrete
    actions."""
    agent: str | None = None
    """Agent: pqn (default for Atari), dueling-dqn, prioritized-dueling-dqn, double-dqn, soft-attention-pqn; with a gaze of its own
    glimpse-reinforce (default for the suite's own envs), glimpse-pqn, soft-glimpse-pqn or glimpse-ppo; with a memory reinforce
    (default for envs of memory) or recurrent-ppo."""
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """For agents with a gaze or a memory: keyword arguments of the env, such as size=100 distractors=8 dataset=digits."""
    gaze: GazeChoice | None = None
    """For agents with a gaze: learned, or as a control random, centre or at:X,Y, whatever the agent wants to look at (at:0,0.5 is
    below the centre; both numbers are from -1 to 1). follow:RUN goes where the Jacobian of an agent with a full view is largest (a
    run folder or a .zip; follow-value:RUN for that of its value). taught:RUN is the agent's own gaze, which learns to look there
    (glimpse-pqn and soft-glimpse-pqn only). Default: what the hyperparameter file says; the suite's own files say learned."""
    total_timesteps: int | None = None
    """Env steps (4 emulator frames each in Atari), rounded up to whole rollouts; with glimpse-reinforce to whole episodes of all
    envs. Default: what the hyperparameter file says."""
    n_envs: int | None = None
    """Games played in parallel. Updates per env step stay the same, except with reinforce and glimpse-reinforce, where this is the
    batch size.
    Default: what the hyperparameter file says."""
    seed: int = 0
    """Seed of networks, exploration and games."""
    device: str = "auto"
    """Device of torch: auto, cpu, cuda, cuda:1, mps."""
    eager: bool = False
    """Exact float32 arithmetic without torch.compile: slower, and the same seed gives the same run."""
    wandb: WandbMode | None = None
    """Weights & Biases; default: as W&B itself is set (WANDB_MODE, wandb offline), which is online; without a key offline."""
    wandb_project: str | None = None
    """Project in your W&B account; default: the one that W&B is set to (WANDB_PROJECT), else saccade."""
    output: Path | str | None = None
    """Run folder to make; default: runs/<env>-<agent>-<seed>-<time>."""
    hyperparameters: Path | str | Mapping[str, Any] | None = None
    """Hyperparameter file in RL Zoo's form, instead of the agent's own in hyperparams/."""
    weights_from: str | None = None
    """Begin with the weights of a trained agent (a run folder or a .zip), wherever this agent's policy has a part of the same name
    and size. All else begins anew."""
    set: Mapping[str, Any] = field(default_factory=dict)
    """Hyperparameters to change, such as learning_rate=1e-3 policy_kwargs.hidden_width=128."""
    eval_every: int = 250_000
    """Env steps between evaluations on separate envs, of digits on the validation split; there is always one at the end."""
    eval_games: int | None = None
    """Whole games in each evaluation; 0 for none. Default: 5; for the suite's own envs 2,000."""
    checkpoint_every: int = 100_000
    """Env steps between checkpoints."""
    keep_checkpoints: int = 3
    """Newest checkpoints to keep, beside the one with the best score; 0 keeps all."""
    saliency_budget: float = 0.01
    """Share of the time that saliency events may take; the first and the last one do not count."""
    saliency_every: int | None = None
    """Env steps between saliency events, instead of a budget."""
    threads: int | None = None
    """Threads of torch. Default: the processors that other trainings and programs leave free, looked at again every few seconds; or
    OMP_NUM_THREADS, if it is set."""
    progress: bool = True
    """Show a progress bar."""

    __hash__ = None  # type: ignore[assignment]  # equal configurations are equal, but their dicts have no hash

    def __post_init__(self) -> None:
        self._make_plain()
        for name, hint in typing.get_type_hints(RunConfig).items():
            check_option(getattr(self, name), hint, name)
        for name, least in LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ConfigError(f"is {value}; it must be at least {least}", option=name)
            if value is not None and value > MOST[name]:
                raise ConfigError(f"is {value}; it must be at most {MOST[name]}", option=name)
        check_seed(self.seed)
        if self.gaze is not None:
            recorded = isinstance(self.hyperparameters, Recorded)
            object.__setattr__(self, "gaze", checked_gaze(self.gaze, recorded=recorded))
        if self.weights_from is not None and not isinstance(self.hyperparameters, Recorded):  # whose path is whole
            try:
                object.__setattr__(self, "weights_from", str(model_at(self.weights_from)))
            except ValueError as error:
                raise ConfigError(f"names {error}", option="weights_from") from None
        if not 0 < self.saliency_budget <= 1:
            raise ConfigError(
                f"is {self.saliency_budget}; it must be above 0 and at most 1 (all of the time)", option="saliency_budget"
            )
        check_device(self.device)
        self._check_agent_and_env()
        _ = self._fitted  # reads and checks the hyperparameters

    def _make_plain(self) -> None:
        """Values of numpy become Python's, and texts that name files become paths, so that config.yml can have all of them."""
        for option in dataclasses.fields(self):
            value = getattr(self, option.name)
            if option.name not in APART:
                object.__setattr__(self, option.name, plain(value, option.name))
            elif isinstance(value, str | Path):
                object.__setattr__(self, option.name, to_path(value))
        if isinstance(self.env, str):
            object.__setattr__(self, "env", short_name(self.env))  # one name for all spellings, wherever it is shown

    @cached_property
    def spec(self) -> AgentSpec:
        """The agent: the chosen one, or the default for the env."""
        return agent_named(self.agent or default_agent(gaze_task(self.env) is not None, memory_task(self.env) is not None))

    @property
    def games(self) -> int:
        """Whole games in each evaluation."""
        return self.eval_games if self.eval_games is not None else 2000 if has_answers(self.env) else 5

    @property
    def fitted(self) -> dict[str, Any]:
        """The agent's hyperparameters, fitted to the envs and the length of this run: a copy, which may be changed."""
        return deepcopy(self._fitted)

    @cached_property
    def _fitted(self) -> dict[str, Any]:
        if isinstance(self.hyperparameters, Mapping):
            read = check_hyperparameters(self.spec, self.hyperparameters, self.env)
        else:
            file = None if self.hyperparameters is None else Path(self.hyperparameters)
            read = read_hyperparameters(self.spec.name, file, self.env)
        if self.set and not isinstance(self.hyperparameters, Recorded):  # recorded ones have been changed already
            read = changed(self.spec, read, self.set, self.env)
        if self.spec.takes_env_kwargs:
            read["env_kwargs"] |= self.env_kwargs
            if self.gaze is not None:
                read["gaze_kwargs"] = with_gaze(read["gaze_kwargs"], self.gaze)
            elif self.spec.looks and not isinstance(self.hyperparameters, Recorded):  # whose paths are whole
                read["gaze_kwargs"] = with_whole_path(read["gaze_kwargs"])
            read = check_hyperparameters(self.spec, Recorded(read), self.env)  # its names and types have been checked
            if has_splits(self.env):
                read["env_kwargs"].setdefault(SPLIT, TO_LEARN_FROM[0])  # config.yml says it, whatever later versions do
        return fit_to_run(read, self.n_envs or read["n_envs"], self.total_timesteps or read["n_timesteps"], kept=self.set)

    def recorded(self) -> dict[str, Any]:
        """The options of config.yml: plain values, with the defaults of agent and games filled in."""
        kept = {each.name: getattr(self, each.name) for each in dataclasses.fields(self) if each.name not in APART}
        kept["env_kwargs"], kept["set"] = dict(self.env_kwargs), dict(self.set)
        return {**kept, "agent": self.spec.name, "eval_games": self.games}

    def _check_agent_and_env(self) -> None:
        """:raises ConfigError: if agent and env do not fit each other"""
        spec, task, of_memory = self.spec, gaze_task(self.env) is not None, memory_task(self.env) is not None
        check_env_name(self.env)
        if of_memory and not spec.remembers:
            raise ConfigError(f"{self.env} is for recurrent agents without a gaze; take agent {' or '.join(REMEMBERING)}")
        if spec.remembers and not of_memory:
            raise ConfigError(
                f"{spec.name} plays the suite's tasks of memory ({', '.join(map(short_name, OF_MEMORY))}); for {self.env} put "
                "sb3_contrib.RecurrentPPO into your own SB3 script"
            )
        if spec.looks and not task and not is_atari(self.env):
            raise ConfigError(
                f"{spec.name} plays Atari games and the suite's own envs; for {self.env} put saccade.envs.GazeWrapper "
                "and saccade.policies.GlimpsePolicy into your own SB3 script"
            )
        if spec.needs_fixed_length and not (task or of_memory):
            raise ConfigError(
                f"{spec.name} needs episodes of one length, as the suite's own envs have; for {self.env} take agent glimpse-ppo"
            )
        if not spec.looks and task:
            raise ConfigError(f"{spec.name} has no gaze; for {self.env} take agent {default_agent(True, False)}")
        if (not spec.takes_env_kwargs and self.env_kwargs) or (not spec.looks and self.gaze is not None):
            fitting = ", ".join(name for name in LOOKING if not agent_named(name).needs_fixed_length)
            instead = f"choose one of them with agent (--agent): {fitting}" if is_atari(self.env) else "leave it out"
            option, verb = ("env_kwargs", "are") if self.gaze is None else ("gaze", "is")
            raise ConfigError(f"{verb} for agents with a gaze, and {spec.name} has none; {instead}", option=option)
