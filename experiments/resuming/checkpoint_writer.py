"""When checkpoints are written, and how a training stops: between two rollouts."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from ..errors import RunFolderError
from ..reporting import Reporter
from .checkpoints import Checkpoints
from .run_state import RunState


class TrainingStopped(Exception):
    """Ends ``learn`` where a training is to stop."""


class CheckpointWriter(BaseCallback):
    """
    Writes a checkpoint every so many env steps, at the start of a rollout, and ends ``learn`` when the training is to stop.

    At the start of a rollout nothing is half done, so a run that goes on from there is the run that was never stopped. An agent
    that learns from fresh rollouts stops at once and goes back to the start of the rollout in progress, and plays it again when the
    run is resumed. That also ends a long ``train()``. An agent with a replay buffer goes on to its next rollout, a few env steps
    away.

    :param checkpoints: of the run
    :param every: env steps
    :param is_stopped: whether the training is to stop; asked after every env step and between updates
    :param positions: plain values to keep with each state
    :param keep_replay: whether each checkpoint has the replay buffer, so that not even a killed run loses it
    :param reporter: gets a warning if a checkpoint cannot be written
    :param resumed: state of the run that goes on, whose random numbers are put back before the first rollout
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        every: int,
        is_stopped: Callable[[], bool],
        positions: Callable[[], dict[str, Any]],
        keep_replay: bool,
        reporter: Reporter,
        resumed: RunState | None = None,
    ) -> None:
        super().__init__()
        self.checkpoints, self.every, self.reporter = checkpoints, every, reporter
        self.is_stopped, self.positions = is_stopped, positions
        self.keep_replay, self._resumed = keep_replay, resumed
        self.wanted = False  # a checkpoint of the next start of a rollout
        self._between = True  # two rollouts
        self._start: RunState | None = None  # of the rollout in progress
        self._weights: Weights | None = None
        self._hook: Any = None

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps
        self._fresh = not isinstance(self.model, OffPolicyAlgorithm)
        if self._fresh and hasattr(self.model, "n_epochs"):  # many updates to a rollout
            self._hook = self.model.policy.optimizer.register_step_pre_hook(self._on_update)

    def _on_rollout_start(self) -> None:
        if self._resumed is not None:
            self._resumed.restore_random(self.model)
            self._resumed = None
        self._start, self._weights, env_steps = None, None, self.model.num_timesteps
        stops = self.is_stopped()
        if self._fresh or stops:
            self._start = RunState.of(self.model)
        if stops:
            raise TrainingStopped
        if env_steps - self.latest >= self.every or self.wanted:
            self.latest, self.wanted = env_steps, False
            try:
                state = self._start or RunState.of(self.model)
                self.checkpoints.save(self.model, state, self.positions(), self.keep_replay)
            except RunFolderError as error:  # a disk that is full now may have room at the next one
                self.reporter.say(f"warning: {error}; training goes on")
        if self._hook is not None:
            self._weights = Weights(self.model)
        self._between = False

    def _on_step(self) -> bool:
        if self._fresh and self.is_stopped():
            raise TrainingStopped
        return True

    def _on_rollout_end(self) -> None:
        self._between = True

    def _on_update(self, *_: Any) -> None:
        if self.is_stopped():
            raise TrainingStopped

    def save_at_end(self, stopped: bool, with_replay: bool) -> Path:
        """
        Write the last checkpoint.

        :param stopped: whether :class:`TrainingStopped` ended ``learn``; then the model goes back to where it stops
        :param with_replay: whether to keep the replay buffer, since the run is not complete
        :return: its path
        """
        state = self._start
        if stopped:
            assert state is not None
            state.restore_counters(self.model)
            if self._weights is not None:
                self._weights.restore(self.model)
        else:  # a callback of the user's may have ended it in the middle of a rollout
            state = RunState.of(self.model) if self._between else None
        return self.checkpoints.save_at_end(self.model, state, self.positions(), with_replay)

    def close(self) -> None:
        """Take the hook off the optimizer."""
        if self._hook is not None:
            self._hook.remove()
            self._hook = None


class Weights:
    """A copy of a model's weights and of its optimizer's state."""

    def __init__(self, model: BaseAlgorithm) -> None:
        self.policy = {name: value.clone() for name, value in model.policy.state_dict().items()}
        self.optimizer = deepcopy(model.policy.optimizer.state_dict())

    def restore(self, model: BaseAlgorithm) -> None:
        """Give the model its weights back."""
        with th.no_grad():
            model.policy.load_state_dict(self.policy)
        model.policy.optimizer.load_state_dict(self.optimizer)
