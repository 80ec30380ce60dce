"""Learning in the time that the games take for a step."""

from collections.abc import Callable

from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvObs, VecEnvStepReturn


class LearnWhileWaiting(VecEnvWrapper):
    """
    Does a piece of work between sending actions to the envs and fetching what came of them.

    Envs that step in other threads or processes (``make_atari``'s, SB3's ``SubprocVecEnv``) go on meanwhile.

    :param venv: the envs
    :param work: called once a step
    """

    def __init__(self, venv: VecEnv, work: Callable[[], None]) -> None:
        super().__init__(venv)
        self.work = work

    def reset(self) -> VecEnvObs:
        return self.venv.reset()

    def step_wait(self) -> VecEnvStepReturn:
        self.work()
        return self.venv.step_wait()
