"""Where an agent looks while it learns to choose that."""

import logging
from pathlib import Path

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from ..policies import GlimpseExtractor, GlimpsePolicy, Retina
from .pictures.gaze_picture import gaze_frames, heat_map, path_picture
from .pictures.picture import contact_sheet, write_png
from .pictures.video import write_mp4
from .records.event_folder import event_folder
from .records.wandb_log import WandbLog
from .states.gaze_record import GazeRecord, record_gazes
from .time_budget import TimeBudget
from .whole_file import write_npz

log = logging.getLogger(__name__)
LONGEST_PATH = 32  # glimpses that are drawn side by side; longer episodes become a video


class GazeCallback(BaseCallback):
    """
    Draws, every now and then, where a :class:`saccade.policies.GlimpsePolicy` looks, and what it sees there.

    Each event plays without exploration in an env of its own, with the same episodes every time. It writes, into ``folder`` and, if
    a Weights & Biases run is active, there under ``gaze/``: the gaze's path on the image with the glimpses beside it and the
    likeliest action after each; a heat map of all gazes; for episodes of more than 32 steps a video with the fovea marked
    instead of the path; gazes and beliefs as ``.npz``; and curves (:meth:`GazeRecord.curves`).

    :param folder: as for :class:`saccade.saliency.SaliencyCallback`
    :param env: to play in; by default one like the training env, which that must be able to ``remake``, as the suite's can
    :param budget: share of the wall-clock time that events may take, but for the first and the last one
    :param every: env steps between events, instead of a budget
    :param episodes: played at once, where they are short
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
        super().__init__()
        if every is not None and every < 1:
            raise ValueError(f"every is {every}; it must be at least 1 env step")
        if episodes < 1 or not 1 <= shown <= episodes or video_steps < 1:
            raise ValueError("episodes, shown and video_steps must be at least 1, and shown at most episodes")
        TimeBudget(budget)  # refuses what is no share of the time
        self.wanted_folder = None if folder is None else Path(folder)
        self.env, self.share, self.every = env, budget, every
        self.episodes, self.shown, self.video_steps = episodes, shown, video_steps
        self.events = 0
        self._own: VecEnv | None = None

    def _init_callback(self) -> None:
        policy = self.model.policy
        if not isinstance(policy, GlimpsePolicy) or not isinstance(policy.features_extractor, GlimpseExtractor):
            raise ValueError(f"GazeCallback looks at GlimpsePolicy with its GlimpseExtractor, not at {type(policy).__name__}")
        if self.env is not None:
            self.env = BaseAlgorithm._wrap_env(self.env, verbose=0, monitor_wrapper=False)  # channels where the policy has them
            if self.env.observation_space != self.model.observation_space:
                raise ValueError(
                    f"GazeCallback's env= shows {self.env.observation_space}, but the policy sees {self.model.observation_space}"
                )
        elif vars(self.training_env).get("remake") is None:
            raise ValueError("the training env cannot be made a second time; give GazeCallback an env= of its own")

    def _on_training_start(self) -> None:
        self.close()  # what an interrupted `learn` left open
        self.folder = event_folder(self.wanted_folder, self, "gaze")
        self.budget = TimeBudget(self.share)
        self._last_step = -1
        self._wandb = WandbLog("gaze", self.folder)
        self._event()

    def _on_step(self) -> bool:
        due = self.budget.allows_event() if self.every is None else self.num_timesteps - self._last_step >= self.every
        if due:
            self._event()
        return True

    def _on_training_end(self) -> None:
        if self._last_step < self.num_timesteps:
            self._event()
        self.logger.dump(self.num_timesteps)
        self.close()

    def close(self) -> None:
        """Release the env. ``learn`` does so at its end; call it where an exception ended ``learn``."""
        if self._own is not None and self._own is not self.env:
            self._own.close()
        self._own = None

    def _event(self) -> None:
        self.budget.begin_event()
        with self.budget.charge():
            long = self._is_long()
            record = self._played(long)
            pictures = {"heat_map": heat_map(record)}
            scales = self._retina.scales
            if not long:
                shown = range(min(self.shown, record.images.shape[1]))
                pictures["paths"] = contact_sheet([path_picture(record, i, scales) for i in shown])
            self._keep(record, pictures, long)
        self.events += 1
        self._last_step = self.num_timesteps

    @property
    def _retina(self) -> Retina:
        policy = self.model.policy
        assert isinstance(policy, GlimpsePolicy)
        return policy.retina

    def _played(self, long: bool) -> GazeRecord:
        """The same play every time: whole episodes, or where they are long a stretch of one."""
        policy = self.model.policy
        assert isinstance(policy, GlimpsePolicy)
        if self._own is None:
            count = 1 if long else self.episodes
            remake = vars(self.training_env).get("remake")
            self._own = self.env or remake(n_envs=count, seed=0, render_mode=None)  # type: ignore[misc]
        return record_gazes(policy, self._own, seed=0, steps=self.video_steps if long else None)

    def _is_long(self) -> bool:
        """Whether episodes are too long to be drawn as a row: the suite's tell their length, others are taken to be."""
        env = self.env or self.training_env
        if not env.has_attr("game"):
            return True
        return int(env.get_attr("game", [0])[0].length) > LONGEST_PATH

    def _keep(self, record: GazeRecord, pictures: dict[str, np.ndarray], film: bool) -> None:
        stem = f"step_{self.num_timesteps:010d}"
        path = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            labels = {} if record.labels is None else {"labels": record.labels}
            write_npz(
                self.folder / f"{stem}.npz",
                {"env_steps": np.array(self.num_timesteps), "gazes": record.gazes, "beliefs": record.beliefs, **labels},
            )
            for name, picture in pictures.items():
                write_png(self.folder / f"{stem}_{name}.png", picture)
            if film:
                path = self.folder / f"{stem}.mp4"
                write_mp4(path, gaze_frames(record, self._retina.scales, self._retina.size))
        except (OSError, RuntimeError) as error:  # a full disk, an encoder that ended, none at all: training goes on
            log.warning("gaze event not written: %s", error)
            path = None
        figures = {f"gaze/{name}": value for name, value in record.curves().items()}
        for name, value in figures.items():
            self.logger.record(name, value, exclude=("stdout", "wandb"))
        self._wandb.write(self.num_timesteps, figures, pictures, path)
