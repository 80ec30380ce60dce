"""A run that is being watched: what its folder holds by now, each file read once."""

import secrets
import stat
import threading
import time
from pathlib import Path
from typing import Any

from ...saliency.errors import RecordedEventsError
from ...saliency.page.live.maps import LiveMaps
from ...saliency.page.live.pictures import LivePictures
from ...saliency.records.growing_folder import Mark, plain_files
from ...saliency.records.recorded_gazes import gaze_folder
from ..comparing import folder_name
from ..endings.run_note import NAME as NOTE
from ..endings.run_note import RunNote
from ..errors import RunFolderError
from ..reading.checkpoint_files import NAME, steps_of
from ..reading.run_content import run_content
from .progress import GrowingProgress
from .run_end import Noted, RunEnd, run_end
from .standing import Standing, State, is_quiet
from .sweep_says import SweepSays

AT_ONCE = 0.7  # seconds of reading for one answer
APART = 0.5  # seconds between two looks at the folder, however many ask
PARTS = ("checkpoints", "saliency", "gaze")
NOTHING = "There are no maps yet. They appear here when the run writes its first event."
NEVER = "This run is done and has no maps."
NOT_BEGUN = "The run has not begun. The page fills when it does."
ENDED = {
    State.FAILED: "The run has failed",
    State.STOPPED: "The run was stopped before its end; it can be resumed",
    State.PRUNED: "The search has ended this run early",
}


class WatchedRun:
    """
    :param path: of the run folder, or of a folder that a callback or ``explain`` wrote. It may be missing at first; then, and
        if it is a link, it is empty
    :param name: shown; any text
    :param of_sweep: whether it is a run of a sweep, which may have to wait
    :param sweep: what the sweep says of it, if it is a run of one
    """

    def __init__(self, path: Path, name: str = "", of_sweep: bool = False, sweep: SweepSays | None = None) -> None:
        self.path, self.name = path, name or folder_name(path)
        maps, gazes = path / "saliency", path / "gaze"
        if not of_sweep and not any(_is_there(path / part) for part in ("config.yml", *PARTS)):  # a folder of events
            maps, gazes = (maps, path) if _holds_gazes(path) else (path, gazes)
        self.maps, self.pictures = LiveMaps(self.name, maps), LivePictures(self.name, maps, gazes)
        self.progress = GrowingProgress(path / "progress.csv")
        self._of_sweep, self._saved = of_sweep, 0  # env steps of the newest checkpoint
        self._sweep = sweep
        self._note_mark: Mark | None = None
        self._noted: Noted | None = None
        self._end: RunEnd | None = None
        self._lock = threading.Lock()
        self._born, self._looked, self._more = secrets.token_hex(4), -APART, False
        self._config: Mark | None = None
        self._content: dict[str, Any] = {}
        self._damaged, self._changed = "", 0.0

    def state(self, epoch: str, event: int, score: int) -> dict[str, Any]:
        """
        What the page's script is told.

        :param epoch: of the page's last answer; with another one it gets everything
        :param event: number of the newest event that the page has
        :param score: number of scores that the page has
        """
        with self._lock:
            self._look()
            now = f"{self._born}-{self.maps.events.generation}-{self.progress.generation}"
            event, score = (event, score) if epoch == now else (0, 0)
            points = self.progress.points[max(score, 0) :]
            return {
                "epoch": now,
                "name": self.name.encode("utf-8", "replace").decode(),
                "status": self.standing().text() if self._of_sweep or self._content else "",
                "note": self._note(),
                "more": self._more,
                "event": self.maps.newest(),
                "score": len(self.progress.points),
                "events": self.maps.rows(event),
                "scores": [{"steps": point.env_steps, "figures": point.figures} for point in points],
                "about": self.maps.about(),
                "below": self.pictures.version,
            }

    def image(self, name: str) -> str | None:
        """A map or the states as a data URI; None if there is none of this name."""
        with self._lock:
            return self.maps.image(name)

    def below(self) -> str:
        """HTML of what stands below the maps."""
        with self._lock:
            return self.pictures.written()

    def file(self, room: str, name: str) -> Path | None:
        """A picture or a film that the page names; None for anything else, also if it is a link by now."""
        with self._lock:
            path = self.pictures.file(room, name)
        if path is None or path.parent.is_symlink() or self.path.is_symlink():
            return None
        try:
            return path if stat.S_ISREG(path.lstat().st_mode) else None
        except OSError:
            return None

    def look_at_progress(self) -> Standing:
        """How far the run is, without its maps."""
        with self._lock:
            self._look_at_progress()
            return self.standing()

    def standing(self) -> Standing:
        """How far the run is, by the latest look."""
        progress, total = self.progress, self._total()
        known = None if self._end is None else self._end.state
        return Standing(
            begun=bool(self._content),
            env_steps=max(progress.env_steps, self._saved),
            total=total,
            score=progress.score,
            scored_at=progress.scored_at,
            changed=self._changed or None,
            done=self._is_done(),
            known=known,
        )

    @property
    def reason(self) -> str:
        """Why the run ended, in one line, by the latest look; empty if nobody knows it, or if it goes on."""
        return "" if self._end is None or self._is_done() else self._end.reason

    def _total(self) -> int | None:
        total: int | None = self._content.get("hyperparameters", {}).get("n_timesteps")
        return total

    def _is_done(self) -> bool:
        total, scored_at = self._total(), self.progress.scored_at or 0
        unscored = self._content.get("options", {}).get("eval_games") == 0
        return total is not None and self._saved >= total and (unscored or scored_at >= total)

    def _look(self) -> None:
        if time.monotonic() - self._looked < APART and not self._more:
            return
        until = time.monotonic() + AT_ONCE
        self._look_at_progress()
        maps, gazes = (
            {} if self.path.is_symlink() else plain_files(folder) for folder in (self.maps.folder, self.pictures.gazes.folder)
        )
        self._more = self.pictures.look(maps, gazes, until)
        self._more = self.maps.look(maps, until) or self._more
        self._looked = time.monotonic()

    def _look_at_progress(self) -> None:
        there = {} if self.path.is_symlink() else plain_files(self.path)
        config = there.get("config.yml")
        if config != self._config:
            self._config, self._content, self._damaged = config, {}, ""
            if config is not None:
                try:
                    self._content = run_content(self.path / "config.yml")
                except RunFolderError as error:
                    self._damaged = str(error)
        if "progress.csv" in there:
            self.progress.look(self._total())
        checkpoints = {} if self.path.is_symlink() else plain_files(self.path / "checkpoints")
        self._saved = max((steps_of(Path(name)) for name in checkpoints if NAME.fullmatch(name)), default=0)
        times = [mark[1] / 1e9 for name, mark in there.items() if name in ("config.yml", "progress.csv")]
        self._changed = max(
            [*times, *(mark[1] / 1e9 for mark in checkpoints.values()), *map(_time_of, self._folders())], default=0.0
        )
        self._look_at_end(there.get(NOTE))

    def _look_at_end(self, mark: Mark | None) -> None:
        if mark != self._note_mark:
            note = None if mark is None else RunNote.of(self.path)
            self._note_mark, self._noted = mark, None if note is None or mark is None else Noted(note, mark[1] / 1e9)
        quiet = is_quiet(self._changed or None, time.time())
        self._end = run_end(self._noted, self._sweep, self.path.name, bool(self._content), quiet)

    def _folders(self) -> list[Path]:
        return [] if self.path.is_symlink() else [self.path / part for part in PARTS if _is_there(self.path / part)]

    def _note(self) -> str:
        """How the run ended, why there is nothing, or what cannot be shown."""
        ended = "" if self._end is None or self._is_done() else ENDED.get(self._end.state, "")
        if not ended:
            return self._missing()
        reason = f": {self.reason}" if self.reason else "."
        return " ".join(filter(None, [self._problem(), ended + reason]))

    def _missing(self) -> str:
        """Why there is nothing, or what cannot be shown."""
        if problem := self._problem():
            return problem
        if self.maps.events.items or self.pictures.gazes.items or self._more:
            return ""
        if self._of_sweep and not self._content:
            return NOT_BEGUN
        return NEVER if self.standing().done else NOTHING

    def _problem(self) -> str:
        """What cannot be shown."""
        said = [self._damaged] if self._damaged else []
        said += self.maps.problems() + self.pictures.gazes.problems()
        if said:
            return said[0] + ("" if len(said) == 1 else f" (and {len(said) - 1} more)")
        return ""


def _is_there(path: Path) -> bool:
    """Whether a part of a run folder is there itself, and is not a link."""
    try:
        return not stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False


def _time_of(folder: Path) -> float:
    try:
        return folder.lstat().st_mtime
    except OSError:
        return 0.0


def _holds_gazes(path: Path) -> bool:
    """Whether the events that lie in a folder itself are gazes."""
    try:
        return gaze_folder(path) == path
    except RecordedEventsError:  # the first one is damaged, or half written
        return False
