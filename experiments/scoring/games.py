"""Games played by a trained agent, and their scores."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.type_aliases import PolicyPredictor
from stable_baselines3.common.vec_env import VecEnv
from tqdm import tqdm

from ...saliency.states.game_checksums import GameChecksums
from .played_games import PlayedGames
from .shown_digits import shown_digits

EPISODES = 1000  # by default, of the suite's tasks without a data set
EPISODES_AT_ONCE = 500  # of the suite's tasks
LARGE = 256  # pixels: of tasks with larger images fewer are played at once, so that they fit into memory
GAMES_AT_ONCE = 10
EVERY = 0.1  # seconds between two pictures of the bar on a terminal
EVERY_IN_A_LOG = 60.0  # the same where each picture stays, as in a file
PASSES = 5  # canvases with each digit of a split


def episodes_at_once(env_kwargs: Mapping[str, Any]) -> int:
    """
    Episodes of one of the suite's tasks that are played together.

    :param env_kwargs: of the task; ``size`` is the side of its images
    """
    side = max(int(env_kwargs.get("size", LARGE)), LARGE)
    return max(EPISODES_AT_ONCE * LARGE**2 // side**2, 1)


def episodes_of(games: int | None, items: int | None) -> int:
    """
    Episodes that one of the suite's tasks is evaluated on.

    :param games: as the user asks; None for every digit on several canvases
    :param items: digits of the split; None for a task without a data set
    """
    return games or (EPISODES if items is None else PASSES * items)


class EvaluationStopped(Exception):
    """Games were broken off."""


@contextmanager
def game_bar(games: int, shown: bool, what: str = "final games") -> Iterator[Callable[[int], None]]:
    """
    A progress bar of games, on standard error.

    :param games: to be played
    :param shown: whether there is a bar at all
    :param what: is played
    :return: to be called after every env step with the number of games that have ended
    """
    every = EVERY if sys.stderr.isatty() else EVERY_IN_A_LOG
    # miniters=0: drawn between two games as well, since a game may take thousands of env steps.
    with tqdm(total=games, desc=what, unit="game", disable=not shown, leave=False, mininterval=every, miniters=0) as bar:
        played = 0

        def show(ended: int) -> None:
            nonlocal played
            played += 1
            bar.set_postfix_str(f"{played:,} env steps", refresh=False)
            bar.update(ended - bar.n)

        yield show


def play_games(
    model: PolicyPredictor,
    env: VecEnv,
    games: int,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda ended: None,
) -> PlayedGames:
    """
    Whole games with raw scores, played without exploration by ``model``.

    Every env plays the same number of games, or one more than another: taking the games that end first would favour short ones.

    :param model: the player, or its policy
    :param env: evaluation envs
    :param games: in total
    :param stop: asked after every step whether to break off
    :param progress: told after every step how many games have ended
    :return: the games, in the order in which they ended
    :raises EvaluationStopped: if ``stop`` said so
    """
    trajectories = GameChecksums(env.num_envs)
    frames: list[int | None] = []

    def ask(seen: dict[str, Any], _: object) -> None:
        if stop():
            raise EvaluationStopped
        i, info = seen["i"], seen["info"]
        trajectories.add(i, seen["observations"], seen["actions"][i], seen["reward"])
        # As SB3 tells whole games from episodes: under a Monitor, a lost life ends an episode but no game.
        if seen["done"] and (not seen["is_monitor_wrapped"] or "episode" in info):
            trajectories.end(i)
            frames.append(int(info["episode_frame_number"]) if "episode_frame_number" in info else None)
        if i == env.num_envs - 1:  # SB3 asks once for each env
            progress(len(seen["episode_rewards"]))

    scores, lengths = evaluate_policy(
        model,
        env,
        n_eval_episodes=games,
        deterministic=True,
        return_episode_rewards=True,
        callback=ask,
        warn=False,  # that the env has no Monitor: evaluation envs change neither rewards nor episodes
    )
    return PlayedGames(np.array(scores), np.array(lengths), frames, trajectories.ended)


def play_in_turn(
    model: PolicyPredictor,
    env: VecEnv,
    episodes: int,
    hear: Callable[[list[dict[str, Any]]], None] = lambda infos: None,
    progress: Callable[[int], None] = lambda ended: None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """
    Returns of the first episodes, batch by batch and in each batch env by env: with ``in_turn`` digits, of each digit in turn.

    All episodes must have the same length, as in the suite's tasks: elsewhere short ones would come first.

    :param model: plays without exploration; its policy will do
    :param env: is reset
    :param episodes: in total
    :param hear: told the infos of each batch's last step
    :param progress: told after every step how many of these episodes have ended
    :return: returns (episodes,); which digits each episode showed, as :func:`.shown_digits.shown_digits` gives them
    """
    obs, state, starts = env.reset(), None, np.ones(env.num_envs, dtype=bool)
    batches: list[np.ndarray] = []
    items: list[np.ndarray] = []
    returns = np.zeros(env.num_envs)
    while len(batches) * env.num_envs < episodes:
        actions, state = model.predict(obs, state, starts, deterministic=True)  # type: ignore[arg-type]
        obs, rewards, starts, infos = env.step(actions)
        returns += rewards
        if starts.all():
            batches.append(returns)
            returns = np.zeros(env.num_envs)
            hear(infos)
            shown = shown_digits(infos)
            items += [] if shown is None else [shown]
        progress(min(len(batches) * env.num_envs, episodes))
    played = np.concatenate(batches)[:episodes]
    return played, np.concatenate(items)[:episodes] if items else None
