"""Where an agent looks while it learns to choose that."""

from functools import partial
from pathlib import Path

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from .errors import NoEnvError
from .event_callback import Drawn, Event, EventCallback
from .extras import Extras
from .pictures.gaze_picture import gaze_frames, heat_map, path_sheet
from .pictures.layout import write_png
from .pictures.video import write_mp4
from .readers.glimpse_reader import glimpse_reader
from .states.game_pictures import env_that_draws
from .states.gaze_record import GazeRecord, record_gazes
from .whole_file import write_npz

LONGEST_PATH = 32  # glimpses that are drawn side by side; longer episodes become a video


class GazeCallback(EventCallback):
    """
    Draws, now and then, where a :class:`saccade.policies.GlimpsePolicy` looks, and what it sees there.

    Each event plays without exploration in an env of its own, with the same episodes every time. It writes to ``folder`` and, if a
    Weights & Biases run is active, there under ``gaze/``:

    - the path of the gaze on the image, with the glimpses beside it and the likeliest action after each; for episodes of more
      than 32 steps a video with the fovea marked instead
    - a heat map of all gazes
    - gazes and beliefs as ``.npz``, and curves (:meth:`GazeRecord.curves`)

    :param folder: as for :class:`saccade.saliency.SaliencyCallback`
    :param env: to play in; by default one like the training env, which must then have ``remake``, as the suite's envs have
    :param budget: share of the wall-clock time that events may take; the first and the last event come in any case
    :param every: env steps between events, instead of a budget
    :param episodes: played at once, if they are short
    :param shown: of them drawn as paths
    :param video_steps: length of the video
    :raises ValueError: if a number is out of range
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        env: VecEnv | None = None,
        budget: float = 0.01,
        every: int | None = None,
        episodes: int = 64,
        shown: int = 6,
        video_steps: int = 256,
    ) -> None:
        super().__init__("gaze", folder, budget, every)
        if episodes < 1 or not 1 <= shown <= episodes or video_steps < 1:
            raise ValueError("episodes, shown and video_steps must be at least 1, and shown at most episodes")
        self.env = env
        self.episodes, self.shown, self.video_steps = episodes, shown, video_steps
        self._own: VecEnv | None = None

    def _init_callback(self) -> None:
        glimpse_reader(self.model.policy)  # or the policy is refused
        if self.env is not None:
            self.env = BaseAlgorithm._wrap_env(self.env, verbose=0, monitor_wrapper=False)  # channels where the policy has them
            if self.env.observation_space != self.model.observation_space:
                raise NoEnvError(
                    f"GazeCallback's env= shows {self.env.observation_space}, but the policy sees {self.model.observation_space}"
                )
        elif vars(self.training_env).get("remake") is None:
            raise NoEnvError("the training env has no remake; give GazeCallback an env= of its own")

    def _release(self) -> None:
        if self._own is not None and self._own is not self.env:
            self._own.close()
        self._own = None

    def _make_event(self) -> Event:
        long = self._is_long()
        record = self._played(long)
        retina = glimpse_reader(self.model.policy).retina
        shown = 0 if long else min(self.shown, record.images.shape[1])
        return Event(record.curves(), partial(_draw, record, self.num_timesteps, retina.scales, retina.size, shown, self._drawing))

    def _played(self, long: bool) -> GazeRecord:
        """The same play every time: whole episodes, or a part of one if they are long."""
        if self._own is None:
            self._own = self.env or self._remade(long)
        return record_gazes(self.model.policy, self._own, seed=0, steps=self.video_steps if long else None)

    def _remade(self, long: bool) -> VecEnv:
        """An env like the training env: one that draws itself for a film, or many for paths."""
        remake = vars(self.training_env)["remake"]
        if long:
            return env_that_draws(lambda mode: remake(n_envs=1, seed=0, render_mode=mode))
        return remake(n_envs=self.episodes, seed=0, render_mode=None)

    def _is_long(self) -> bool:
        """Whether episodes are too long to be drawn as a row. The suite's tasks know their length; other envs count as long."""
        env = self.env or self.training_env
        if not env.has_attr("game"):
            return True
        return int(env.get_attr("game", [0])[0].length) > LONGEST_PATH


def _draw(
    record: GazeRecord, env_steps: int, scales: int, size: int, shown: int, extras: Extras, folder: Path, with_pictures: bool
) -> Drawn:
    """The files of one event: paths of ``shown`` episodes, or a video if that is 0."""
    stem = f"step_{env_steps:010d}"
    folder.mkdir(parents=True, exist_ok=True)
    labels = {} if record.labels is None else {"labels": record.labels}
    arrays = {"env_steps": np.array(env_steps), "gazes": record.gazes, "beliefs": record.beliefs, **labels}
    write_npz(folder / f"{stem}.npz", arrays)
    drawings = {"heat_map": lambda: heat_map(record), **({"paths": lambda: path_sheet(record, shown, scales)} if shown else {})}
    drawn = {name: extras.tried(drawing) for name, drawing in drawings.items()}
    pictures = {name: picture for name, picture in drawn.items() if picture is not None}
    for name, picture in pictures.items():
        extras.tried(partial(write_png, folder / f"{stem}_{name}.png", picture))
    video = folder / f"{stem}.mp4"
    if not shown:
        extras.tried(lambda: write_mp4(video, gaze_frames(record, scales, size)))
    return Drawn(pictures, video if video.exists() else None)
