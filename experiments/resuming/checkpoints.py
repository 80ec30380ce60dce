"""Writing the checkpoints of a run, with their states, and deleting old ones."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from ...agents import DoubleDQN, FrameReplayBuffer, NonFiniteLossError
from ...saliency.errors import first_line
from ...saliency.whole_file import whole_file, write_text
from ..errors import RunFolderError
from ..reading.checkpoint_files import checkpoint_file, checkpoint_files, steps_of
from ..reporting import Reporter
from .replay_files import ReplayFiles
from .run_state import RunState
from .set_aside import set_aside
from .state_files import read_more, state_file, write_state

PAUSES = (0.5, 2.0)  # seconds before the second and the third try
WITH_REPLAY = 2  # newest checkpoints that keep their replay buffer


class Checkpoints:
    """
    :param folder: ``checkpoints/`` of a run
    :param keep: how many of the newest to keep, beside the one with the best score; 0 for all
    :param reporter: is told what cannot be written
    """

    def __init__(self, folder: Path, keep: int, reporter: Reporter) -> None:
        self.folder, self.keep, self.reporter = folder, keep, reporter
        self.replay = ReplayFiles(folder / "replay")

    def save(self, model: BaseAlgorithm, state: RunState | None, more: dict[str, Any], with_replay: bool) -> Path:
        """
        Write a checkpoint, and delete those that are not to be kept.

        :param model: in training
        :param state: of the run; None if it is not between two rollouts
        :param more: plain values for the state
        :param with_replay: whether to write the replay buffer too, if there is one
        :raises NonFiniteLossError: if the network is spoilt; nothing is written then
        :raises RunFolderError: if it cannot be written; nothing half-written is left
        """
        path = self._written(self.folder, model, state, more, with_replay)
        try:
            self.prune()
        except OSError as error:  # the checkpoint itself is written
            self.reporter.say(f"warning: old checkpoints cannot be deleted ({first_line(error)})")
        return path

    def save_at_end(self, model: BaseAlgorithm, state: RunState | None, more: dict[str, Any], with_replay: bool) -> Path:
        """As :meth:`save`. If that fails several times, the checkpoint goes to the folder for temporary files."""
        for pause in (*PAUSES, None):
            try:
                return self.save(model, state, more, with_replay)
            except RunFolderError as error:
                failed = error
            if pause is not None:
                time.sleep(pause)  # others may be deleting files just now
        elsewhere = Path(tempfile.mkdtemp(prefix=f"saccade-{self.folder.absolute().parent.name}-"))
        try:
            path = self._written(elsewhere, model, state, more, with_replay=False)
        except RunFolderError:
            elsewhere.rmdir()
            raise failed from None
        self.reporter.say(
            f"warning: {failed}. The model is in {path}; to go on, make room and move the files beside it to {self.folder}"
        )
        return path

    def _written(self, folder: Path, model: BaseAlgorithm, state: RunState | None, more: dict[str, Any], with_replay: bool) -> Path:
        path = checkpoint_file(folder, model.num_timesteps)
        try:
            with whole_file(path) as part:
                model.save(part)
                if state is None:
                    state_file(path).unlink(missing_ok=True)
                else:
                    if with_replay and isinstance(model, DoubleDQN) and isinstance(model.replay_buffer, FrameReplayBuffer):
                        more = {**more, "replay": self.replay.write(model.replay_buffer)}
                    write_state(path, part, state, more)
        except NonFiniteLossError:
            raise
        except (OSError, RuntimeError) as error:  # torch reports a full disk as the latter
            raise RunFolderError(f"the checkpoint {path} cannot be written: {first_line(error)}") from error
        return path

    def prune(self) -> None:
        """Delete what is not to be kept: checkpoints, states without a checkpoint, and replay buffers of older states."""
        found = checkpoint_files(self.folder)
        if self.keep:
            scores = self.scores()
            best = max((path for path in found if path.stem in scores), key=lambda path: scores[path.stem], default=None)
            for path in found[: -self.keep]:
                if path != best:
                    path.unlink(missing_ok=True)
                    found.remove(path)
        named = {state_file(path) for path in found}
        for file in self.folder.glob("step_*.state.npz"):
            if file not in named:
                file.unlink(missing_ok=True)
        kept = {path: read_more(path) for path in found[-WITH_REPLAY:]}
        if any(not more and state_file(path).exists() for path, more in kept.items()):
            return  # a state that cannot be read just now may need any of the files
        self.replay.keep_only([more["replay"] for more in kept.values() if "replay" in more])

    def set_aside_after(self, checkpoint: Path) -> None:
        """
        Put damaged checkpoints and their states into a folder inside. Otherwise they would count as the newest ones, and what the
        run writes from here on would be deleted in favour of them.

        :param checkpoint: from which the run goes on; those after it are damaged
        :raises RunFolderError: if a file cannot be moved
        """
        later = [path for path in checkpoint_files(self.folder) if path.name > checkpoint.name]
        states = [state_file(path) for path in later if state_file(path).exists()]
        try:
            apart = set_aside([*states, *later], self.folder, steps_of(checkpoint))
        except OSError as error:
            raise RunFolderError(f"{later[0]} is damaged and cannot be moved away: {first_line(error)}") from error
        if apart is not None:
            self.reporter.say(f"the damaged checkpoints lie in {apart} now; the run makes them again")

    def drop_replay(self) -> None:
        """The run is complete: nobody needs its replay buffer any more."""
        self.replay.keep_only(())

    def score(self, env_steps: int, mean: float) -> bool:
        """
        Note the score of a model, and tell whether it is the best so far.

        :param env_steps: of its training
        :param mean: of its games
        """
        scores = self.scores()
        is_best = all(mean > other for other in scores.values())
        entries = {**scores, checkpoint_file(self.folder, env_steps).stem: mean}
        try:
            write_text(self._scores, json.dumps(entries, indent=1) + "\n")
        except OSError as error:  # progress.csv has the score as well
            self.reporter.say(f"warning: {self._scores} cannot be written ({first_line(error)})")
        return is_best

    def forget_scores_after(self, env_steps: int) -> None:
        """The run goes on from here, so later scores are of models that are not made yet."""
        scores, last = self.scores(), checkpoint_file(self.folder, env_steps).stem
        if any(name > last for name in scores):
            write_text(self._scores, json.dumps({name: mean for name, mean in scores.items() if name <= last}, indent=1) + "\n")

    def scores(self) -> dict[str, float]:
        """Mean scores by name of the checkpoint."""
        try:
            return {str(name): float(mean) for name, mean in json.loads(self._scores.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError, TypeError):  # missing or damaged: then only the newest are kept
            return {}

    @property
    def _scores(self) -> Path:
        return self.folder / "scores.json"
