"""The error and the mean number of looks of an agent that decides by itself when it answers."""

from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..scoring.answers.naming_rate import FACTS, NamedThings
from ..scoring.error_rate import error_figures
from ..scoring.games import play_in_turn
from .stop_rules import OWN, StopPoint


def decides_itself(env: VecEnv) -> bool:
    """Whether the agent says in this env when it has seen enough (``stop=true``, and tasks in which things are named)."""
    return env.has_attr("not_yet") and env.get_attr("not_yet")[0] is not None


def own_stops(policy: BasePolicy, env: VecEnv, episodes: int, look_price: float) -> StopPoint:
    """
    Play whole episodes without exploration.

    :param policy: of the agent
    :param env: for evaluation, so that a return is 1 for right answers and looks cost nothing; is reset
    :param episodes: in total
    :param look_price: that the agent paid for each look in training
    """
    facts: list[dict[str, Any]] = []
    returns, items = play_in_turn(
        policy, env, episodes, lambda infos: facts.extend({name: info[name] for name in FACTS} for info in infos)
    )
    found, named = error_figures(returns, items), NamedThings.of(facts[:episodes], items)
    assert named is not None  # an env in which an agent decides has these facts
    return StopPoint(
        OWN, look_price, named.mean_looks, named.standard_error_of_looks, found["error_percent"], found["standard_error"]
    )
