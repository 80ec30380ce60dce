"""Does a decision change without the steps that a map points at? Beside rivals that know no network."""

from collections.abc import Callable, Sequence

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ...errors import AlignmentError
from ...readers.entries import Observations
from ...readers.head_reader import head_reader
from ...readers.protocol import as_taken
from ...readers.undisturbed.evaluation_mode import evaluating
from ...through_time import through_time_named
from ...through_time.neutral import by_either_name, neutral_steps
from ...through_time.occluded_steps import OccludedSteps
from ...through_time.stretch import Stretch
from .episode import Episode
from .outcome import DeletionThroughTime
from .step_choices import MAP, RANDOM, SEGMENTS, STEPS, rivals_of, strongest_segment, strongest_steps

Figures = dict[str, list[float]]  # {who chose the steps: a number for each decision}
Baseline = Observations | Callable[[Observations], Observations] | None


def deletion_through_time(
    policy: BasePolicy,
    episodes: Sequence[Episode],
    head: str = "action",
    method: str = "jacobian",
    *,
    by: str = STEPS,
    count: int = 1,
    baseline: Baseline = None,
    neutral: Baseline = None,
    draws: int = 3,
    seed: int = 0,
    strengths: Sequence[np.ndarray] | None = None,
) -> DeletionThroughTime:
    """
    Delete what a map through time points at, and see how far the head moves and how often the action is another one.

    A deleted step shows something neutral; all other steps stay. The head speaks of what the policy does when it sees all steps.
    As many steps elsewhere are deleted beside it (:func:`saccade.saliency.checks.through_time.step_choices.rivals_of`).

    :param policy: of an SB3 model
    :param episodes: each one counts as independent. Intervals need five or more
    :param head: name of the head whose map counts
    :param method: of :data:`saccade.saliency.THROUGH_TIME`
    :param by: ``"steps"``: the ``count`` strongest ones. ``"segments"``: the segment with the strongest step
    :param count: of steps
    :param baseline: what stands in a deleted step, or a function that makes it of the observations of an episode; by default the
        mean of the episode (:func:`saccade.saliency.through_time.neutral.neutral_steps`)
    :param neutral: an earlier name of ``baseline``
    :param draws: of each random rival; their mean counts
    :param seed: of the draws
    :param strengths: (D, T) for each episode, if there are maps already; ``method`` is then only their name
    :raises ValueError: if ``by``, ``count`` or ``draws`` is none of these, or there is no episode
    :raises AlignmentError: if episodes lack segments, a decision has nothing before it, or maps do not fit
    :raises UnknownMethodError: if there is no such method
    :raises ValueError: if there are both a baseline and a neutral step
    """
    given = by_either_name(baseline, neutral)
    if by not in (STEPS, SEGMENTS) or count < 1 or draws < 1 or not episodes:
        raise ValueError(
            f"by is {by!r}, count {count} and draws {draws}, with {len(episodes)} episodes; by must be {STEPS!r} or {SEGMENTS!r}, "
            "and the others at least 1"
        )
    _check(episodes, by)
    if strengths is None:
        make = through_time_named([method])[method]
        strengths = [make(policy, one.observations, head, outputs=list(one.decisions)) for one in episodes]
    for one, map_ in zip(episodes, strengths, strict=True):
        one.check_map(map_)
    random = np.random.default_rng(seed)
    changes: list[dict[str, float]] = []
    flips: list[dict[str, float]] = []
    for one, map_ in zip(episodes, strengths, strict=True):
        sets = [_sets(one, row, map_[row], by, count, draws, random) for row in range(len(one.decisions))]
        instead = given(one.observations) if callable(given) else given
        change, flip = _effects(policy, one, head, instead, sets)
        changes.append({name: float(np.mean(x)) for name, x in change.items()})
        flips.append({name: float(np.mean(x)) for name, x in flip.items()})
    # A rival counts where all episodes know it.
    names = [name for name in changes[0] if all(name in found for found in changes)]
    return DeletionThroughTime(
        head,
        method,
        f"{count} {'step' if count == 1 else 'steps'}" if by == STEPS else "one segment",
        sum(len(one.decisions) for one in episodes),
        {name: np.array([found[name] for found in changes]) for name in names},
        {name: np.array([found[name] for found in flips]) for name in names},
    )


def _check(episodes: Sequence[Episode], by: str) -> None:
    for number, one in enumerate(episodes):
        if by == SEGMENTS and one.segments is None:
            raise AlignmentError(f"episode {number} has no segments; deletion by segments needs them")
        empty = [t for t in one.decisions if not len(one.candidates(t))]
        if empty:
            raise AlignmentError(f"the decision at step {empty[0]} of episode {number} has no step before it that may be deleted")


def _sets(
    episode: Episode, row: int, strengths: np.ndarray, by: str, count: int, draws: int, random: np.random.Generator
) -> list[tuple[str, np.ndarray]]:
    """(who chose, steps) of one decision."""
    candidates = episode.candidates(episode.decisions[row])
    if by == SEGMENTS:
        chosen = strongest_segment(strengths, candidates, np.asarray(episode.segments))
    else:
        chosen = strongest_steps(strengths, candidates, count)
    found = [(MAP, chosen)]
    for draw in range(draws):
        rivals = rivals_of(episode, row, chosen, random)
        found += [(name, steps) for name, steps in rivals.items() if draw == 0 or name in RANDOM]
    return found


def _effects(
    policy: BasePolicy, episode: Episode, head: str, baseline: Observations | None, sets: Sequence[list[tuple[str, np.ndarray]]]
) -> tuple[Figures, Figures]:
    """How far the head moves, and whether the action is another one: of each decision the mean over the draws."""
    stretch = Stretch.of(policy, episode.observations, head, None, episode.decisions)
    flat = [(row, name, chosen) for row, several in enumerate(sets) for name, chosen in several]
    hidden = th.zeros(len(flat) + 1, len(episode), dtype=th.bool, device=stretch.entries.device)  # the last one hides nothing
    for i, (_, _, chosen) in enumerate(flat):
        hidden[i, th.as_tensor(chosen)] = True
    decisions = [episode.decisions[row] for row, _, _ in flat]
    with evaluating(policy):
        steps = OccludedSteps.of(stretch, neutral_steps(policy, stretch.entries, baseline), (0, len(episode)))
        values, actions = steps.values(hidden).double().cpu().numpy(), steps.actions(hidden).cpu().numpy()
    rows = np.arange(len(flat))
    moved = np.abs(values[rows, decisions] - values[-1, decisions])
    taken, instead = (as_taken(policy, actions[of, decisions]) for of in (-1, rows))
    other = head_reader(policy).differs(taken, instead)
    change: Figures = {}
    flip: Figures = {}
    for row, several in enumerate(sets):
        for name in dict.fromkeys(name for name, _ in several):
            mine = [i for i, (of, who, _) in enumerate(flat) if of == row and who == name]
            change.setdefault(name, []).append(float(moved[mine].mean()))
            flip.setdefault(name, []).append(float(other[mine].mean()))
    return change, flip
