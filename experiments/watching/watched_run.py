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
from ..errors import RunFolderError
from ..reading.run_content import run_content
from ..resuming.checkpoint_files import NAME, steps_of
from .progress import GrowingProgress
from .standing import Standing

AT_ONCE = 0.7  # seconds of reading for one answer
APART = 0.5  # seconds between two looks at the folder, however many ask
PARTS = ("checkpoints", "saliency", "gaze")
NOTHING = "There are no maps yet. They appear here when the run writes its first event."
NEVER = "This run is done and has no maps."
NOT_BEGUN = "The run has not begun. The page fills when it does."


class WatchedRun:
    """
    :param path: of the run folder, or of a folder that a callback or ``explain`` wrote. It may be missing at first; then, and
        if it is a link, it is empty
    :param name: shown; any text
    :param of_sweep: whether it is a run of a sweep, which may have to wait
    """

    def __init__(self, path: Path, name: str = "", of_sweep: bool = False) -> None:
        self.path, self.name = path, name or folder_name(path)
        maps, gazes = path / "saliency", path / "gaze"
        if not of_sweep and not any(_is_there(path / part) for part in ("config.yml", *PARTS)):  # a folder of events
            maps, gazes = (maps, path) if _holds_gazes(path) else (path, gazes)
        self.maps, self.pictures = LiveMaps(self.name, maps), LivePictures(self.name, maps, gazes)
        self.progress = GrowingProgress(path / "progress.csv")
        self._of_sweep, self._saved = of_sweep, 0  # env steps of the newest checkpoint
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
        progress, total = self.progress, self._content.get("hyperparameters", {}).get("n_timesteps")
        unscored = self._content.get("options", {}).get("eval_games") == 0
        done = total is not None and self._saved >= total and (unscored or (progress.scored_at or 0) >= total)
        env_steps = max(progress.env_steps, self._saved)
        return Standing(bool(self._content), env_steps, total, progress.score, progress.scored_at, self._changed or None, done)

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
            self.progress.look(self._content.get("hyperparameters", {}).get("n_timesteps"))
        checkpoints = {} if self.path.is_symlink() else plain_files(self.path / "checkpoints")
        self._saved = max((steps_of(Path(name)) for name in checkpoints if NAME.fullmatch(name)), default=0)
        times = [mark[1] / 1e9 for name, mark in there.items() if name in ("config.yml", "progress.csv")]
        self._changed = max(
            [*times, *(mark[1] / 1e9 for mark in checkpoints.values()), *map(_time_of, self._folders())], default=0.0
        )

    def _folders(self) -> list[Path]:
        return [] if self.path.is_symlink() else [self.path / part for part in PARTS if _is_there(self.path / part)]

    def _note(self) -> str:
        """Why there is nothing, or what cannot be shown."""
        said = [self._damaged] if self._damaged else []
        said += self.maps.problems() + self.pictures.gazes.problems()
        if said:
            return said[0] + ("" if len(said) == 1 else f" (and {len(said) - 1} more)")
        if self.maps.events.items or self.pictures.gazes.items or self._more:
            return ""
        if self._of_sweep and not self._content:
            return NOT_BEGUN
        return NEVER if self.standing().done else NOTHING


def _is_there(path: Path) -> bool:
    """Whether a part of a run folder is there itself, and is no link."""
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
