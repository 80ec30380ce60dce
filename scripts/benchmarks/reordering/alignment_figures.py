"""How often maps through time point at the step that an answer rests on, and what deleting that step does, beside blind rivals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from saccade.envs.tasks.reorder.reorder import Reorder
from saccade.saliency import sequential_jacobian
from saccade.saliency.checks.through_time.alignment import alignment_check
from saccade.saliency.checks.through_time.deletion import deletion_through_time
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.through_time import THROUGH_TIME
from saccade.scripts.benchmarks.reordering.aligned_episodes import Game, along_replacements, with_other_words
from saccade.scripts.benchmarks.runs.measured_runs import rounded

HEAD = "action"  # the log-probability of what the policy says
REPLACEMENTS = "jacobian_along_replacements"
SMOOTHED = "smoothed_along_replacements"
NOISE, COPIES = 0.35, 16  # standard deviation of the noise on an episode, and noisy copies of it
METHODS = ("jacobian", "integrated_gradients", "occlusion")
WITH_BASELINE = ("integrated_gradients", "occlusion")  # methods with something in place of a word
DELETED = ("jacobian", "occlusion", SMOOTHED)  # methods whose strongest step is deleted
DIGITS = ".5g"  # that are kept
Figures = dict[str, Any]


def maps_of(policy: BasePolicy, game: Game, episodes: Sequence[Episode]) -> dict[str, list[np.ndarray]]:
    """
    {method: (D, T) for each episode}. Reorder also has the Jacobian along replacements of words, and the same of a Jacobian that
    is a mean over noisy copies of the episode (SmoothGrad: Smilkov et al. 2017).

    :param policy: with a memory
    :param game: that was played
    :param episodes: of it
    """
    names = (*METHODS, *([REPLACEMENTS, SMOOTHED] if isinstance(game, Reorder) else []))
    return {name: [strengths(policy, game, one, name) for one in episodes] for name in names}


def strengths(policy: BasePolicy, game: Game, one: Episode, name: str) -> np.ndarray:
    """The map (D, T) of an episode by a method."""
    seen, outputs = np.asarray(one.observations), list(one.decisions)
    if name in (REPLACEMENTS, SMOOTHED):
        assert isinstance(game, Reorder)
        jacobians = [_jacobian(policy, copy, outputs) for copy in ([seen] if name == REPLACEMENTS else noisy(seen))]
        return along_replacements(game, seen, np.mean(jacobians, axis=0))
    options = {"baseline": with_other_words(game, seen)} if name in WITH_BASELINE else {}
    return THROUGH_TIME[name](policy, seen, HEAD, outputs=outputs, **options)


def _jacobian(policy: BasePolicy, seen: np.ndarray, outputs: Sequence[int]) -> np.ndarray:
    found: Any = sequential_jacobian(policy, seen, HEAD, outputs=outputs)
    return np.asarray(found)


def noisy(seen: np.ndarray) -> list[np.ndarray]:
    """Copies of an episode with Gaussian noise, which is the same for all episodes and policies."""
    random = np.random.default_rng(0)
    return [seen + (NOISE * random.standard_normal(seen.shape)).astype(np.float32) for _ in range(COPIES)]


def alignment_figures(policy: BasePolicy, game: Game, episodes: Sequence[Episode], seed: int) -> Figures:
    """
    All figures of alignment and of deletion.

    :param policy: with a memory
    :param game: that was played
    :param episodes: of it; they count as independent
    :param seed: of random rivals
    :return: ``alignment`` of the steps that maps may point at; ``of_all_steps``, the share right if a map may point at any step
        up to the decision, also at the question itself; ``deletion`` of one step, for some of the methods
    """
    maps = maps_of(policy, game, episodes)
    anywhere = [replace(one, inputs=None) for one in episodes]
    of_all = alignment_check(anywhere, maps, HEAD).figures()
    found = {
        "alignment": alignment_check(episodes, maps, HEAD).figures(),
        "of_all_steps": {name: x for name, x in of_all.items() if name.startswith("right_")},
        "deletion": {name: _deletion(policy, game, episodes, name, maps[name], seed) for name in maps if name in DELETED},
    }
    return dict(rounded(found, DIGITS))


def _deletion(
    policy: BasePolicy, game: Game, episodes: Sequence[Episode], method: str, maps: Sequence[np.ndarray], seed: int
) -> Mapping[str, Any]:
    """Of the strongest step."""

    def instead(seen: Any) -> np.ndarray:
        return with_other_words(game, seen)

    found = deletion_through_time(policy, episodes, HEAD, method, count=1, baseline=instead, seed=seed, strengths=maps)
    return found.figures()
