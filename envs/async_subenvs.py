"""Some of the envs of gymnasium's ``AsyncVectorEnv``, which lie in other processes."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
from gymnasium.vector import AsyncVectorEnv


def call_some(env: AsyncVectorEnv, chosen: Sequence[int], name: str, *args: Any, **kwargs: Any) -> list[Any]:
    """
    Call a method of some envs. ``AsyncVectorEnv.call`` calls it in all.

    :param env: whose processes are idle
    :param chosen: their numbers
    :param name: of the method; a process whose env has no such attribute would end, so ask ``has_wrapper_attr`` first
    :return: the results, in the order of ``chosen``
    """
    for i in chosen:
        env.parent_pipes[i].send(("_call", (name, args, kwargs)))
    answers = {i: env.parent_pipes[i].recv() for i in chosen}
    # gymnasium's own way to raise here what an env has raised there.
    env._raise_if_errors([answers.get(i, (None, True))[1] for i in range(env.num_envs)])
    return [answers[i][0] for i in chosen]


def have_attr(env: AsyncVectorEnv, chosen: Sequence[int], name: str) -> bool:
    """
    Whether all of the chosen envs have an attribute. Nothing is called.

    :param env: whose processes are idle
    :param chosen: numbers of envs
    :param name: of the attribute
    """
    return all(call_some(env, chosen, "has_wrapper_attr", name))


def are_wrapped(env: AsyncVectorEnv, chosen: Sequence[int], wrapper_class: type[gym.Wrapper]) -> list[bool]:
    """
    Whether each env is wrapped in a class of this name. The objects cannot be asked across processes. So this reads how gymnasium
    prints an env, ``<Monitor<TimeLimit<...>>>``; a subclass with another name does not count.

    :param env: whose processes are idle
    :param chosen: numbers of envs
    :param wrapper_class: of the wrapper
    """
    return [f"<{wrapper_class.__name__}<" in text for text in call_some(env, chosen, "__str__")]
