"""Evaluation as a function: from a run folder to scores, with pictures of the play."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..saliency.extras import Extras
from ..saliency.loading.saved_policy import env_steps_of
from .errors import ConfigError, OutputError
from .own_output import check_free, is_report
from .reporting import SILENT, Reporter
from .run_folder import RunFolder
from .run_record import RunRecord
from .scoring.answers.answer_rate import AnswerRate
from .scoring.answers.asked import ask_in_turn
from .scoring.answers.changed_task import changed_task, name_of_change
from .scoring.answers.naming_rate import NamedThings, NamingRate
from .scoring.error_rate import ErrorRate, error_figures
from .scoring.game_kinds import Wanted, games_of_kind
from .scoring.games import EPISODES_AT_ONCE, PASSES, episodes_at_once, play_in_turn
from .scoring.multiply_adds import multiply_adds_and_looks
from .scoring.pictures import draw_gaze_paths, film_gaze, film_play
from .scoring.played_games import Kind, PlayedGames
from .scoring.score_table import check_table, keep_report
from .scoring.scores import GameScores, Scores
from .setup.agent_spec import LOOKING
from .setup.arguments import as_path, to_path
from .setup.device_and_seed import check_device, check_seed
from .setup.env_kwargs import has_splits, known_digits
from .setup.env_names import gaze_task, is_atari, memory_task
from .setup.gazes.gaze_choice import GazeChoice, checked_gaze, forced_by
from .setup.gazes.gaze_names import name_in_scores
from .setup.run_envs import run_env
from .when_to_stop.stopped_run import evaluate_stops
from .zoo.evaluated_model import evaluate_model
from .zoo.saved_model import is_saved_model

EPISODES = 1000  # by default, of the suite's tasks
TestedSplit = Literal["test", "validation"]


def evaluate(
    run: Path | str,
    *,
    games: int | None = None,
    sticky_actions: float | None = None,
    epsilon: float | None = None,
    gaze: GazeChoice | None = None,
    split: TestedSplit = "test",
    seed: int = 1_000_000,
    video_steps: int = 450,
    when_to_stop: bool = False,
    trust: bool = False,
    env: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    vec_normalize: Path | str | None = None,
    output: Path | str | None = None,
    force: bool = False,
    device: str = "auto",
    reporter: Reporter = SILENT,
) -> Scores:
    """
    Play whole games with the newest checkpoint of a run. Scores and pictures are kept in the folder evaluation/ of the run, and
    each game in scores.csv. Those of a model without a run folder are kept in a new folder.

    Greedy play of a deterministic game repeats itself. So the main figure of an Atari game is with sticky actions, and greedy games
    are played beside them. Other envs are played greedily, and with epsilon as well if that gives copies of a game.

    :param run: Run folder of train; or a model: a folder of RL Zoo, a .zip of SB3, or hf:owner/repo on the Hugging Face hub.
    :param games: Whole games to play of each kind. Default: 30, and 10 greedy ones beside them; for the suite's own envs 1,000
        episodes; for digits every digit of the split on 5 fresh canvases.
    :param sticky_actions: Probability that an Atari game repeats the last action, in each frame. Default: 0.25; 0 for greedy games
        alone.
    :param epsilon: Probability of a random action in each env step, instead of sticky actions. Default: 0.01 where an env without
        sticky actions repeats itself; 0 for greedy games alone.
    :param gaze: For agents with a gaze: learned, random, centre or follow:RUN, instead of what the run was trained with.
    :param split: For digits: test, or validation, by which settings and checkpoints are to be chosen.
    :param seed: Seed of the games.
    :param video_steps: Env steps of play in the video (15 a second); 0 for none.
    :param when_to_stop: For digits: how the error depends on the number of looks, fixed or up to a confidence chosen on validation.
    :param trust: Read the checkpoint as SB3 does, which runs the code in it. Needed for a policy class of your own.
    :param env: Where a model plays. Default: the env that RL Zoo's files beside it name. Not for run folders, which know theirs.
    :param env_kwargs: Keyword arguments of a model's env; of a run of the suite's tasks those to change, such as glimpses=4. An
        agent whose gaze moves in pixels takes size=256, whatever size it was trained on.
    :param vec_normalize: Statistics of the VecNormalize that a model was trained in (vecnormalize.pkl).
    :param output: Folder to make for a model's scores; default: evaluate-MODEL in the working directory.
    :param force: Replace such an evaluation if it exists already.
    :param device: Device of torch.
    :param reporter: gets the scores
    :raises ConfigError: if an argument cannot be
    :raises RunFolderError: if the run folder is damaged
    :raises ZooError: if a model of RL Zoo or of the hub is missing or damaged
    :raises OutputError: if the scores cannot be kept, or such an evaluation exists already; nothing is played then
    """
    if (games is not None and games < 1) or video_steps < 0:
        raise ConfigError("games must be at least 1 and video_steps at least 0")
    wanted = Wanted(games, sticky_actions, epsilon)
    check_seed(seed)
    check_device(device)
    if split not in get_args(TestedSplit):
        raise ConfigError(f"is {split!r}; it must be {' or '.join(map(repr, get_args(TestedSplit)))}", option="split")
    if is_saved_model(run):
        if when_to_stop:
            raise ConfigError("is for run folders, whose validation digits are known", option="when_to_stop")
        if split != "test":
            raise ConfigError("is for run folders; a model is tested on the test digits", option="split")
        if gaze is not None:
            raise ConfigError("is for run folders; a model looks where it has learned to look", option="gaze")
        return evaluate_model(
            run, wanted, seed=seed, video_steps=video_steps, device=device, env=env, env_kwargs=env_kwargs or {},
            vec_normalize=as_path(vec_normalize), output=as_path(output), force=force, reporter=reporter, trust=trust,
        )  # fmt: skip
    if env is not None or vec_normalize is not None or output is not None:
        raise ConfigError(f"{run} is a run folder, which knows its env; leave out env, vec_normalize and output")
    folder = RunFolder.check_existing(to_path(run))
    evaluated = Evaluated.of(folder, gaze, split, seed, device, reporter, env_kwargs or {})
    if when_to_stop:
        return evaluate_stops(evaluated, games, device, trust, force, reporter)
    kept = evaluated.check_files(video_steps, force)
    scores, policy = evaluated.played(wanted, device, trust)
    reporter.say(scores.text())  # whatever happens to the files
    evaluated.keep(scores, kept.report)
    if video_steps:
        try:
            Extras("pictures of the play", "the scores are kept").tried(
                lambda: evaluated.picture(policy, video_steps, kept.pictures)
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted; the scores are kept in {kept.report}, its pictures are not made") from None
        if kept.pictures.exists():
            reporter.say(f"{'gazes' if evaluated.is_task else 'video'}: {kept.pictures}")
    return scores


@dataclass(frozen=True)
class KeptIn:
    """The files of one evaluation."""

    report: Path
    pictures: Path


@dataclass(frozen=True)
class Evaluated:
    """
    A run as it is evaluated.

    :param folder: of the run
    :param record: its configuration
    :param hyperparameters: its own, under the gaze that is asked for
    :param checkpoint: that plays
    :param gaze: as it was asked for
    :param split: of the digits
    :param seed: of the games
    :param changed: keyword arguments of the env that take the place of the run's own
    """

    folder: RunFolder
    record: RunRecord
    hyperparameters: Mapping[str, Any]
    checkpoint: Path
    gaze: GazeChoice | None
    split: TestedSplit
    seed: int
    changed: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        folder: RunFolder,
        gaze: GazeChoice | None,
        split: TestedSplit,
        seed: int,
        device: str,
        reporter: Reporter,
        env_kwargs: Mapping[str, Any],
    ) -> "Evaluated":
        """
        :raises ConfigError: if a gaze is asked of an agent that has none, or a split of an env without digits
        """
        record = folder.read({"device": device})
        spec, hyperparameters = record.config.spec, dict(record.hyperparameters)
        if gaze is not None and not spec.looks:
            raise ConfigError(
                f"is for agents with a gaze ({', '.join(LOOKING)}); {folder.path} was trained with {spec.name}", option="gaze"
            )
        changed = changed_task(record.config.env, env_kwargs)
        if changed:
            hyperparameters["env_kwargs"] = {**hyperparameters["env_kwargs"], **changed}
        if gaze is not None:
            hyperparameters["gaze_kwargs"] = {**hyperparameters["gaze_kwargs"], "forced": forced_by(checked_gaze(gaze))}
        if split != "test" and not has_splits(record.config.env):
            raise ConfigError(f"is for digits and words; {record.config.env} has no splits", option="split")
        known = known_digits(hyperparameters.get("env_kwargs", {}))
        if known is not None:
            reporter.say(f"warning: {known}")
        return cls(folder, record, hyperparameters, folder.latest_checkpoint(reporter), gaze, split, seed, changed)

    @property
    def is_task(self) -> bool:
        """Whether the env is one of the suite's tasks, where answers are right or wrong."""
        return gaze_task(self.record.config.env) is not None

    @property
    def asks(self) -> bool:
        """Whether the env is one where every step may ask for an answer."""
        return memory_task(self.record.config.env) is not None

    def check_files(self, video_steps: int, force: bool = False, kind: str | None = None) -> KeptIn:
        """
        Where scores and pictures go.

        :param kind: of an evaluation that is not the usual one
        :raises OutputError: if a file is there already, or the folder cannot be written to
        """
        folder = self.folder.path / "evaluation"
        gaze, split = None if self.gaze is None else name_in_scores(self.gaze), None if self.split == "test" else self.split
        others = (gaze, split, name_of_change(self.changed), kind)
        name = "-".join([self.checkpoint.stem, f"seed{self.seed}", *filter(None, others)])
        kept = KeptIn(folder / f"{name}.json", folder / (f"{name}-paths.png" if self.is_task else f"{name}.mp4"))
        for path in (kept.report, *([kept.pictures] if video_steps else [])):
            check_free(path, force, lambda _: is_report(kept.report), instead="seed")
        if not os.access(folder if folder.exists() else self.folder.path, os.W_OK | os.X_OK) or folder.is_file():
            raise OutputError(f"{folder} is not a folder that you may write to; copy the run to one that is, and evaluate the copy")
        if not (self.is_task or self.asks):
            try:
                check_table(self.folder.scores)
            except OSError as error:
                raise OutputError(str(error)) from error
        return kept

    def keep(self, scores: Scores, report: Path) -> None:
        """
        Write the report, and each game into scores.csv.

        :raises OutputError: if one of them cannot be written
        """
        changed = {"env_kwargs": dict(self.changed)} if self.changed else {}
        keep_report(scores, report, self.folder.scores, changed)

    def env(self, n_envs: int, render_mode: str | None = None, sticky_actions: float = 0.0) -> VecEnv:
        """The env that the run is evaluated in."""
        config = self.record.config
        return run_env(
            config.env, config.spec, self.hyperparameters, n_envs, self.seed,
            evaluation=True, render_mode=render_mode, split=self.split, sticky_actions=sticky_actions, device=config.device,
        )  # fmt: skip

    def played(self, wanted: Wanted, device: str, trust: bool) -> tuple[Scores, BasePolicy]:
        """The scores of the games, and the policy that played them."""
        if not (self.is_task or self.asks):
            return self._games(wanted, device, trust)
        for option in ("sticky_actions", "epsilon"):
            if getattr(wanted, option) is not None:
                raise ConfigError(f"is for games, and {self.record.config.env} asks for answers", option=option)
        return self._asked(wanted, device, trust) if self.asks else self._answered(wanted, device, trust)

    def _games(self, wanted: Wanted, device: str, trust: bool) -> tuple[GameScores, BasePolicy]:
        name = self.record.config.env
        env = self.env(1)
        try:
            policy = self.folder.load_policy(self.checkpoint, env, device, trust)
        finally:
            env.close()
        wanted.check(name, is_atari(name), policy.action_space)

        def play(kind: Kind, games: int) -> PlayedGames:
            return games_of_kind(policy, kind, games, self.seed, lambda n_envs, sticky: self.env(n_envs, None, sticky))

        return GameScores(**self.about(), played=wanted.played(play, is_atari(name), policy.action_space)), policy

    def _answered(self, wanted: Wanted, device: str, trust: bool) -> tuple[ErrorRate, BasePolicy]:
        """Episodes of one of the suite's tasks, which are new ones each time."""
        games = wanted.games
        env = self.env(min(games or EPISODES, episodes_at_once(self.hyperparameters["env_kwargs"])))
        try:
            policy = self.folder.load_policy(self.checkpoint, env, device, trust, any_size=True)
            env.seed(self.seed)
            items = env.get_attr("n_items")[0]
            episodes = games or (EPISODES if items is None else PASSES * items)
            ends: list[dict[str, Any]] = []
            returns, digits = play_in_turn(policy, env, episodes, ends.extend)
        finally:
            env.close()
        split = self.split if has_splits(self.record.config.env) else None
        about = {**self.about(), "episodes": episodes, "split": split, **error_figures(returns, digits)}
        (each, looks), named = multiply_adds_and_looks(policy, self.env(1)), NamedThings.of(ends[:episodes])
        if named is None:
            return ErrorRate(**about, multiply_adds=each * looks), policy
        return NamingRate(**about, multiply_adds=round(each * named.mean_looks), named=named), policy

    def _asked(self, wanted: Wanted, device: str, trust: bool) -> tuple[AnswerRate, BasePolicy]:
        """Episodes of a task where every step may ask something."""
        episodes = wanted.games or EPISODES
        env = self.env(min(episodes, EPISODES_AT_ONCE))
        try:
            policy = self.folder.load_policy(self.checkpoint, env, device, trust)
            env.seed(self.seed)
            answers = ask_in_turn(policy, env, episodes)
        finally:
            env.close()
        split = self.split if has_splits(self.record.config.env) else None
        return AnswerRate(**self.about(), answers=answers, split=split), policy

    def picture(self, policy: BasePolicy, steps: int, path: Path) -> None:
        """A picture of the gazes in short episodes, else a video."""
        if self.is_task:
            draw_gaze_paths(policy, self.env, self.seed, path)
        elif self.record.config.spec.looks:
            film_gaze(policy, self.env, self.seed, steps, path)
        else:
            film_play(policy, self.env, steps, path)

    def about(self) -> dict[str, Any]:
        """What is evaluated, as scores have it."""
        config = self.record.config
        return {
            "env": config.env,
            "checkpoint": self.checkpoint,
            "env_steps": env_steps_of(self.checkpoint),
            "seed": self.seed,
            "gaze": name_in_scores(self.hyperparameters["gaze_kwargs"].get("forced")) if config.spec.looks else None,
        }
