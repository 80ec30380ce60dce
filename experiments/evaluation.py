"""Evaluation as a function: from a run folder to scores, with pictures of the play."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..saliency.extras import Extras
from .errors import ConfigError
from .evaluated.evaluated_run import Evaluated, TestedSplit
from .reporting import SILENT, Reporter
from .run_folder import RunFolder
from .scoring.game_kinds import Wanted
from .scoring.scores import Scores
from .setup.arguments import as_path, to_path
from .setup.device_and_seed import check_device, check_seed
from .setup.gazes.gaze_choice import GazeChoice
from .setup.values.keywords import check_option
from .when_to_stop.stopped_run import evaluate_stops
from .zoo.evaluated_model import evaluate_model
from .zoo.saved_model import is_saved_model


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
    :param gaze: For agents with a gaze: learned, random, centre, at:X,Y or follow:RUN, instead of what the run was
        trained with.
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
    check_option(split, TestedSplit, "split")
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
    folder = RunFolder.check_existing(to_path(run))
    if env is not None or vec_normalize is not None or output is not None:
        raise ConfigError(f"{run} is a run folder, which knows its env; leave out env, vec_normalize and output")
    evaluated = Evaluated.of(folder, gaze, split, seed, device, reporter, env_kwargs or {})
    evaluated.check_wanted(wanted)
    if when_to_stop:
        return evaluate_stops(evaluated, games, device, trust, force, reporter)
    kept = evaluated.check_files(video_steps, force)
    scores, policy = evaluated.played(wanted, device, trust, reporter.shows_progress)
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
