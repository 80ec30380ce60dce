"""Whether an env has an action that puts the answer off."""

from stable_baselines3.common.vec_env import VecEnv

ATTRIBUTE = "not_yet"  # of the suite's envs


def not_yet_of(env: VecEnv, n_actions: int) -> int | None:
    """
    Ask envs for the action that puts the answer off. Where there is one, other actions name things, one after the other, and
    ``info["answer"]`` is the right one at each step.

    The question goes through all of SB3's wrappers and to envs in other processes.

    :param env: N envs
    :param n_actions: of the policy
    :return: the last action; None if there is none
    :raises ValueError: if the envs differ, or it is not the last action
    """
    if not env.has_attr(ATTRIBUTE):
        return None
    found = env.get_attr(ATTRIBUTE)
    if any(one != found[0] for one in found):
        raise ValueError(f"the envs have different actions for 'not yet' ({found}); they must have the same")
    if found[0] is not None and found[0] != n_actions - 1:
        raise ValueError(f"not_yet is {found[0]}; it must be the last of the {n_actions} actions")
    return None if found[0] is None else int(found[0])
