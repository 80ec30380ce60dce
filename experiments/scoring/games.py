"""Games played by a trained agent, and their scores."""

from collections.abc import Callable

import numpy as np
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.type_aliases import PolicyPredictor
from stable_baselines3.common.vec_env import VecEnv

EPISODES_AT_ONCE = 500  # of the suite's tasks
GAMES_AT_ONCE = 8
PASSES = 5  # canvases with each test digit


class EvaluationStopped(Exception):
    """Games were broken off."""


def play_games(model: PolicyPredictor, env: VecEnv, games: int, stop: Callable[[], bool] = lambda: False) -> np.ndarray:
    """
    Raw scores of whole games, played greedily.

    Every env plays the same number of games, or one more than another: taking the games that end first would favour short ones.

    :param model: the player, or its policy
    :param env: evaluation envs
    :param games: in total
    :param stop: asked after every step whether to break off
    :return: (games,)
    :raises EvaluationStopped: if ``stop`` said so
    """

    def ask(*_: object) -> None:
        if stop():
            raise EvaluationStopped

    scores, _ = evaluate_policy(
        model,
        env,
        n_eval_episodes=games,
        deterministic=True,
        return_episode_rewards=True,
        callback=ask,
        warn=False,  # that the env has no Monitor: evaluation envs change neither rewards nor episodes
    )
    return np.array(scores)


def play_in_turn(model: PolicyPredictor, env: VecEnv, episodes: int) -> np.ndarray:
    """
    Returns of the first episodes, batch by batch and in each batch env by env: with ``in_turn`` digits, of each digit in turn.

    All episodes must have the same length, as in the suite's tasks: elsewhere short ones would come first.

    :param model: plays without exploration; its policy will do
    :param env: is reset
    :param episodes: in total
    :return: (episodes,)
    """
    obs, state, starts = env.reset(), None, np.ones(env.num_envs, dtype=bool)
    batches: list[np.ndarray] = []
    returns = np.zeros(env.num_envs)
    while len(batches) * env.num_envs < episodes:
        actions, state = model.predict(obs, state, starts, deterministic=True)  # type: ignore[arg-type]
        obs, rewards, starts, _ = env.step(actions)
        returns += rewards
        if starts.all():
            batches.append(returns)
            returns = np.zeros(env.num_envs)
    return np.concatenate(batches)[:episodes]
