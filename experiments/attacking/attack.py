"""Adversarial attack as a function: from trained networks to a table of accuracies, with the checks that the attack works."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from stable_baselines3.common.utils import get_device

from ...saliency.extras import Extras
from ..errors import ConfigError, OutputError
from ..own_output import check_can_be_made, locked
from ..reporting import SILENT, Reporter
from ..setup.arguments import Names, Paths, as_list, as_path, as_paths, to_path
from ..setup.device_and_seed import check_device, check_seed
from ..setup.values.keywords import check_option
from ..whole_image.networks import CNN
from .attack_record import NETWORKS, AttackRecord
from .campaign import Campaign
from .methods.ladder import RUNGS, Effort, fitting_rungs
from .methods.losses import LOSSES
from .victims.loaded_victims import (
    AttackedSplit,
    Looking,
    check_same_canvases,
    loaded_victim,
    run_and_checkpoint,
    some_canvases,
)

EPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
PICTURED = 0.2  # eps of the pictures; the nearest there is


@dataclass(frozen=True)
class AttackResult:
    """
    :param folder: with ``attack.json``, the worst examples and pictures
    :param rows: accuracies: what was done to which victim, and what it still answered rightly
    :param checks: whether the attack works
    """

    folder: Path
    rows: list[dict[str, Any]]
    checks: list[dict[str, Any]]


def attack(
    run: Path | str,
    *,
    rivals: Paths = (),
    eps: Sequence[float] = EPS,
    attacks: Names | None = None,
    losses: Names = ("cross-entropy", "dlr"),
    gaze: Looking = "sampled",
    canvases: int = 1000,
    split: AttackedSplit = "test",
    steps: int = 40,
    draws: int = 20,
    queries: int = 1000,
    judged_draws: int = 10,
    seed: int = 0,
    pictures: int = 6,
    trust: bool = False,
    output: Path | str | None = None,
    device: str = "auto",
    reporter: Reporter = SILENT,
) -> AttackResult:
    """
    Attack the pixels of an agent that sees digits through glimpses, and of its rivals, by a ladder of adversarial attacks. No
    pixel changes by more than eps. A folder gets a table of what each network still answers rightly, with the checks that the
    attack works. Started again with the same words, it goes on where it was stopped.

    :param run: Run folder of an agent with a gaze, trained on ClutteredMNIST or TranslatedMNIST; the newest checkpoint is attacked.
        Or a checkpoint in it, RUN_DIR/checkpoints/step_....zip.
    :param rivals: Further networks to attack: run folders or checkpoints, and files of CNNs and other networks on the whole canvas
        (learning-rate-....pt) that whole_image_cnn keeps with checkpoints. The first CNN is also the one whose examples are handed
        over to the others.
    :param eps: Largest changes of a pixel, where 1 is from black to white. From 0.5 on nothing should be left; a check needs it.
    :param attacks: Rungs of the ladder: gradient, frozen, eot, score, bpda, transfer, square. Default: all that fit.
    :param losses: What gradient attacks raise: cross-entropy, dlr, margin.
    :param gaze: Where agents look: sampled, drawn from the gaze's distribution as in training, or mean, as evaluate plays.
    :param canvases: Canvases to attack, each with another digit.
    :param split: Of the digits: test, or validation, by which settings are to be chosen.
    :param steps: Of gradient ascent.
    :param draws: Gazes for each canvas at each step.
    :param queries: Of the square attack for each canvas.
    :param judged_draws: Gazes, not those of the attack, with which each example is judged.
    :param seed: Of all random numbers.
    :param pictures: Canvases to draw before and after, with the gaze: the first whose answer turns from right to wrong; 0 for none.
    :param trust: Read checkpoints as SB3 does, which runs the code in them.
    :param output: Folder of the result. Default: attack-sampled or attack-mean in the run folder, with the name of a checkpoint
        that was given.
    :param device: Device of torch.
    :param reporter: gets each row
    :raises ConfigError: if an argument cannot be
    :raises RunFolderError: if a run folder is missing or damaged
    :raises OutputError: if the folder has an attack with other settings, or cannot be written
    """
    wanted = [float(each) for each in eps]
    counts = {"steps": steps, "draws": draws, "queries": queries, "judged_draws": judged_draws}
    names = _checked(wanted, as_list(attacks), as_list(losses), gaze, counts)
    if pictures < 0:
        raise ConfigError(f"is {pictures}; it must be at least 0", option="pictures")
    check_seed(seed)
    check_device(device)
    path, on = to_path(run), str(get_device(device))
    if path.suffix == ".pt":
        raise ConfigError(f"{path} is a CNN; give the run folder of an agent first, and the CNN as a rival")
    victims = [loaded_victim(each, gaze, split, on, trust) for each in (path, *as_paths(rivals))]
    check_same_canvases(victims)
    shown = some_canvases(victims[0].game, canvases)
    source = next((each.victim for each in victims if each.kind.startswith(CNN)), None)
    fitting = {name for each in victims for name in fitting_rungs(each.victim, source)}
    for name in names:
        if name not in fitting:
            needs = "needs a CNN among rivals" if name == "transfer" else "fits none of these networks"
            raise ConfigError(f"names {name}, which {needs}", option="attacks")
    folder = as_path(output) or _usual_folder(path, gaze)
    if not folder.exists():
        check_can_be_made(folder, OutputError)
    networks = {each.victim.name: {"file": each.file.name, "weights": each.weights, "kind": each.kind} for each in victims}
    settings = {
        NETWORKS: networks, "eps": wanted, "attacks": names, "gaze": gaze,
        "losses": as_list(losses), "canvases": canvases, "split": split, "steps": steps, "draws": draws, "queries": queries,
        "judged_draws": judged_draws, "seed": seed,
    }  # fmt: skip
    record = AttackRecord(folder, settings, on)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error}") from error
    with locked(folder, "is being written by another attack; wait for it, or choose another output", OutputError):
        of = Effort(steps, draws, queries)
        for each in victims:
            rungs = [name for name in fitting_rungs(each.victim, source) if not names or name in names]
            campaign = Campaign(each.victim, shown, source, of, judged_draws, seed, folder, record, reporter)
            campaign.run(rungs, as_list(losses), wanted)
            if pictures and each.victim.has_gaze:
                nearest = min(wanted, key=lambda one: abs(one - PICTURED))
                Extras("pictures of attacked gazes").tried(partial(campaign.picture, nearest, pictures))
    for rival in record.clean:
        also = "matched" if rival["matched"] else "NOT matched"
        reporter.say(f"clean, {rival['victim']}: {100 * rival['difference']:+.1f} points to {victims[0].victim.name}: {also}")
    for check in record.checks:
        said = {True: "passed", False: "FAILED", None: "not run"}[check["passed"]]
        reporter.say(f"check, {check['victim']}: {check['check']}: {said}")
    reporter.say(f"result: {record.file}")
    return AttackResult(folder, list(record.rows.values()), record.checks)


def _usual_folder(path: Path, gaze: str) -> Path:
    """In the run folder; with the name of a checkpoint, if it was asked for."""
    folder, checkpoint = run_and_checkpoint(path)
    return folder.path / (f"attack-{gaze}" if checkpoint is None else f"attack-{gaze}-{checkpoint.stem}")


def _checked(eps: list[float], attacks: list[str], losses: list[str], gaze: str, counts: dict[str, int]) -> list[str]:
    """The names of the attacks; all arguments that need no file are checked."""
    for option, count in counts.items():
        if count < 1:
            raise ConfigError(f"is {count}; it must be at least 1", option=option)
    if not eps or len(set(eps)) < len(eps) or not all(0 < each <= 1 for each in eps):
        raise ConfigError(
            f"is {', '.join(f'{e:g}' for e in eps) or 'empty'}; it must be different numbers above 0, at most 1", "eps"
        )
    for option, given, known in (("attacks", attacks, RUNGS), ("losses", losses, LOSSES)):
        for name in given:
            if name not in known:
                raise ConfigError(f"names {name!r}; it must be one of: {', '.join(known)}", option=option)
        if len(set(given)) < len(given):
            raise ConfigError(f"are {', '.join(given)}; name each once", option=option)
    if not losses:
        raise ConfigError("must be one or several", option="losses")
    check_option(gaze, Looking, "gaze")
    return attacks
