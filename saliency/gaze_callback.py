"""Where an agent looks while it learns to choose that."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from ..policies import Retina
from .errors import NoEnvError
from .event_callback import Drawn, Event, EventCallback
from .extras import Extras
from .pictures.gaze_overview import LONGEST_PATH
from .pictures.gaze_picture import gaze_frames, heat_map, path_sheet
from .pictures.layout import write_png
from .pictures.video import write_mp4
from .readers.head_reader import eye_of
from .records.event_name import event_name
from .states.game_pictures import env_that_draws
from .states.gaze_record import GazeRecord, record_gazes
from .states.names import told_length
from .states.remade_env import how_to_remake
from .whole_file import write_npz


class GazeCallback(EventCallback):
    """
    Draws, now and then, where a policy looks that sees through a retina (``GlimpsePolicy``, ``GlimpseDuelingPolicy`` of
    ``saccade.policies``), and what it sees there.

    Each event plays without exploration in an env of its own, with the same episodes every time. It writes to ``folder`` and, if a
    Weights & Biases run is active, there under ``gaze/``:

    - the path of the gaze on the image, with the glimpses beside it and the likeliest action after each; for episodes of more
      than 32 steps a heat map with the path faint and a few moments as a film strip, and a video with the fovea marked
    - a heat map of all gazes
    - gazes and beliefs as ``.npz``, and curves (:meth:`GazeRecord.curves`)

    :param folder: as for :class:`saccade.saliency.SaliencyCallback`
    :param env: to play in, or the id of an env of gymnasium's, which is wrapped as the training env is. By default one like the
        training env, where that can be made again: it has ``remake``, as the suite's envs have, or a spec of gymnasium's
    :param budget: share of the wall-clock time that events may take; the first and the last event come in any case
    :param every: env steps between events, which come at its multiples, instead of a budget
    :param episodes: played at once, if they are short
    :param shown: of them drawn as paths
    :param video_steps: length of the video
    :raises ValueError: if a number is out of range
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        env: VecEnv | str | None = None,
        budget: float = 0.01,
        every: int | None = None,
        episodes: int = 64,
        shown: int = 6,
        video_steps: int = 256,
    ) -> None:
        super().__init__("gaze", folder, budget, every)
        if episodes < 1 or not 1 <= shown <= episodes or video_steps < 1:
            raise ValueError("episodes, shown and video_steps must be at least 1, and shown at most episodes")
        self.env = None if isinstance(env, str) else env
        self.env_id = env if isinstance(env, str) else None
        self.episodes, self.shown, self.video_steps = episodes, shown, video_steps
        self._own: VecEnv | None = None
        self._remake: Callable[..., VecEnv] | None = None

    def _init_callback(self) -> None:
        eye_of(self.model.policy)  # or the policy is refused
        if self.env is not None:
            self.env = BaseAlgorithm._wrap_env(self.env, verbose=0, monitor_wrapper=False)  # channels where the policy has them
            self._check(self.env)
            return
        self._remake = how_to_remake(self.training_env, self.env_id)
        if self.env_id is not None:
            one = self._remake(n_envs=1, seed=0, render_mode=None)
            try:
                self._check(one)
            finally:
                one.close()

    def _check(self, env: VecEnv) -> None:
        if env.observation_space != self.model.observation_space:
            raise NoEnvError(
                f"GazeCallback's env= shows {env.observation_space}, but the policy sees {self.model.observation_space}"
            )

    def _release(self) -> None:
        if self._own is not None and self._own is not self.env:
            self._own.close()
        self._own = None

    def _make_event(self) -> Event:
        env = self._env()
        long = _is_long(env)
        # The same play every time: whole episodes, or a part of one if they are long.
        record = record_gazes(self.model.policy, env, seed=0, steps=self.video_steps if long else None)
        retina = eye_of(self.model.policy).retina
        is_part = long and len(record.images) <= LONGEST_PATH  # of a game, too short for an overview
        shown = 0 if is_part else min(self.shown, record.images.shape[1])
        drawing = partial(_draw, record, self.num_timesteps, retina, shown, long, self._drawing)
        return Event(record.curves(), drawing)

    def _env(self) -> VecEnv:
        """The env of all events: a single one if its episodes are long."""
        if self._own is None and self.env is not None:
            self._own = self.env
        if self._own is None:
            remake = self._remake
            assert remake is not None
            single = env_that_draws(lambda mode: remake(n_envs=1, seed=0, render_mode=mode))
            if _is_long(single):
                self._own = single
            else:
                single.close()
                self._own = remake(n_envs=self.episodes, seed=0, render_mode=None)
        return self._own


def _is_long(env: VecEnv) -> bool:
    """Whether episodes are too long for a glimpse of each look. The suite's tasks know their length; other envs count as long."""
    length = told_length(env)
    return length is None or length > LONGEST_PATH


def _draw(
    record: GazeRecord,
    env_steps: int,
    retina: Retina,
    shown: int,
    filmed: bool,
    extras: Extras,
    folder: Path,
    with_pictures: bool,
) -> Drawn:
    """The files of one event: paths of ``shown`` episodes, and a video if it is ``filmed``."""
    stem = event_name(env_steps)
    folder.mkdir(parents=True, exist_ok=True)
    labels = {} if record.labels is None else {"labels": record.labels}
    arrays = {"env_steps": np.array(env_steps), "gazes": record.gazes, "beliefs": record.beliefs, **labels}
    arrays["believed"] = np.array(record.believed)
    write_npz(folder / f"{stem}.npz", arrays)
    drawings = {
        "heat_map": lambda: heat_map(record),
        **({"paths": lambda: path_sheet(record, shown, retina.scales)} if shown else {}),
    }
    drawn = {name: extras.tried(drawing) for name, drawing in drawings.items()}
    pictures = {name: picture for name, picture in drawn.items() if picture is not None}
    for name, picture in pictures.items():
        extras.tried(partial(write_png, folder / f"{stem}_{name}.png", picture))
    video = folder / f"{stem}.mp4"
    if filmed:
        extras.tried(lambda: write_mp4(video, gaze_frames(record, retina)))
    return Drawn(pictures, video if video.exists() else None)
