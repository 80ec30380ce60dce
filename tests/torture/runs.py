"""Tiny trainings in processes of their own, to be killed."""

import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.callbacks import BaseCallback

from saccade.experiments import Console, RunConfig, read_hyperparameters, resume, train

FORK = multiprocessing.get_context("fork")  # the imports of torch take seconds, so they are done once
RETINA = {"size": 6, "scales": 2, "network": "fc", "features_dim": 16, "what_dim": 16, "where_dim": 8}
GAZE = {"policy_kwargs": {"features_extractor_kwargs": RETINA, "lstm_hidden_size": 16}}
ATARI = {"env": "Breakout", "n_envs": 2, "total_timesteps": 400, "checkpoint_every": 64, "saliency_every": 150}
CATCH = {"env": "Catch", "n_envs": 4, "total_timesteps": 1840, "checkpoint_every": 230, "saliency_every": 460}
AGENTS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {  # options, hyperparameters, env steps of a rollout
    "pqn": (ATARI, {"n_steps": 16, "batch_size": 16}, 32),
    "dueling-dqn": (ATARI, {"learning_starts": 40, "buffer_size": 200, "batch_size": 8, "gradient_steps": 1}, 2),
    "glimpse-reinforce": (CATCH, GAZE, 92),
    "glimpse-ppo": (CATCH, {**GAZE, "n_steps": 10, "batch_size": 20}, 40),
}


def config(agent: str, output: Path) -> RunConfig:
    """The configuration of a tiny run in eager mode."""
    options, changes, _ = AGENTS[agent]
    of_env = f"saccade/{options['env']}-v0" if agent.startswith("glimpse") else "atari"
    written = {**read_hyperparameters(agent, env=of_env), **changes, "n_envs": options["n_envs"]}  # otherwise rollouts grow
    few: dict[str, Any] = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "seed": 3}
    return RunConfig(agent=agent, hyperparameters=written, output=output, **few, **options)


class Steps(BaseCallback):
    """Tells the parent process how far the training is."""

    def __init__(self, reached: Any) -> None:
        super().__init__()
        self.reached = reached

    def _on_step(self) -> bool:
        self.reached.value = self.num_timesteps
        return True


class Training:
    """
    A training in a process of its own; the process ends with status 0 if the training did.

    :param agent: name
    :param output: run folder
    :param goes_on: whether to resume the run there
    :param log: file for what it prints
    :param largest_file: bytes, as if the disk took no more; None for no limit
    """

    def __init__(self, agent: str, output: Path, goes_on: bool, log: Path, largest_file: int | None = None) -> None:
        self.reached = FORK.Value("q", 0)
        self.process = FORK.Process(target=self._run, args=(agent, output, goes_on, log, largest_file))
        self.process.start()

    def _run(self, agent: str, output: Path, goes_on: bool, log: Path, largest_file: int | None) -> None:
        opened = log.open("a")
        os.dup2(opened.fileno(), 1)
        os.dup2(opened.fileno(), 2)
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))
        th.set_num_threads(1)
        callbacks, reporter = [Steps(self.reached)], Console(progress=False)
        if goes_on:
            resume(output, callbacks=callbacks, reporter=reporter)
        else:
            train(config(agent, output), callbacks=callbacks, reporter=reporter)
        sys.exit(0)

    def wait_for(self, condition: Any, seconds: float) -> bool:
        """Wait until a condition holds or the process has ended; whether it holds."""
        end = time.monotonic() + seconds
        while not condition():
            if not self.process.is_alive() or time.monotonic() > end:
                return bool(condition())
            time.sleep(0.02)
        return True

    def kill(self) -> int:
        """End it with SIGKILL, and tell how far it was."""
        self.process.kill()
        self.process.join()
        return int(self.reached.value)

    def finish(self, seconds: float) -> int | None:
        """Wait for the end: its status, or None if it had to be killed."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.kill()
            return None
        return self.process.exitcode
