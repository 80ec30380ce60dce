"""Learning while the envs take a step."""

from collections.abc import Callable

from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvObs, VecEnvStepReturn


class LearnWhileWaiting(VecEnvWrapper):
    """
    Calls a function after it has sent the actions to the envs and before it fetches the results.

    Envs that run in other threads or processes (``make_atari``'s, SB3's ``SubprocVecEnv``) step at the same time.

    :param venv: the envs
    :param work: called once per step
    """

    def __init__(self, venv: VecEnv, work: Callable[[], None]) -> None:
        super().__init__(venv)
        self.work = work

    def reset(self) -> VecEnvObs:
        return self.venv.reset()

    def step_wait(self) -> VecEnvStepReturn:
        self.work()
        return self.venv.step_wait()
