"""GazeCallback as a YAML file can give it: with texts and numbers only, and an env that gymnasium has made."""

import gymnasium as gym
import pytest
import yaml
from sb3_contrib import RecurrentPPO
from stable_baselines3.common.callbacks import EveryNTimesteps
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecFrameStack, VecNormalize

from saccade.envs import GazeWrapper
from saccade.policies import GlimpsePolicy
from saccade.saliency import GazeCallback
from saccade.saliency.errors import NoEnvError
from saccade.saliency.states.remade_env import how_to_remake

pytestmark = pytest.mark.usefixtures("elsewhere")
CATCH = "saccade/Catch-v0"


def catch(n_envs: int = 2, size: int = 12):
    """As RL Zoo makes it: gym.make, its wrapper class, SB3's Monitor, a DummyVecEnv."""
    return make_vec_env(
        CATCH, n_envs, env_kwargs={"size": size}, wrapper_class=GazeWrapper, wrapper_kwargs={"first": "center", "tiles": 3}
    )


def model(env) -> RecurrentPPO:
    small = {"features_extractor_kwargs": {"size": 4, "scales": 2, "features_dim": 16}, "lstm_hidden_size": 8}
    return RecurrentPPO(GlimpsePolicy, env, n_steps=11, batch_size=22, n_epochs=1, device="cpu", policy_kwargs=small)


@pytest.mark.parametrize("inside", [False, True])
def test_an_env_like_the_training_env(tmp_path, inside):
    given = yaml.safe_load(f"{{folder: {tmp_path}/gaze, every: 22, episodes: 4, shown: 2}}")
    callback = GazeCallback(**given)
    model(catch()).learn(44, EveryNTimesteps(22, callback) if inside else callback)
    steps = {path.name[:15] for path in (tmp_path / "gaze").glob("*_paths.png")}
    assert steps == ({"step_0000000022", "step_0000000044"} | (set() if inside else {"step_0000000000"}))


def test_an_env_by_its_id(tmp_path):
    given = yaml.safe_load(f"{{folder: {tmp_path}/gaze, env: {CATCH}, episodes: 3, shown: 1}}")
    callback = GazeCallback(**given)
    model(catch(size=24)).learn(22, callback)
    assert list((tmp_path / "gaze").glob("*_paths.png"))
    with pytest.raises(NoEnvError, match="but the policy sees"):
        model(catch(size=12)).learn(22, GazeCallback(env=CATCH))
    with pytest.raises(NoEnvError, match="there is no env 'Nothing-v0'"):
        model(catch()).learn(22, GazeCallback(env="Nothing-v0"))


def test_remade_is_wrapped_in_the_same_way():
    env = catch()
    made = how_to_remake(env)(n_envs=3, seed=5)
    assert made.num_envs == 3
    assert (made.observation_space, made.action_space) == (env.observation_space, env.action_space)
    again = how_to_remake(env)(n_envs=3, seed=5)
    first, second = made.reset(), again.reset()
    assert (first["image"] == second["image"]).all()
    assert not first["gaze"].any()  # at the centre, as the wrapper was told


class Silent(gym.Wrapper):
    """Keeps no arguments."""


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (lambda: VecNormalize(catch(), norm_obs=False), "is in a VecNormalize"),
        (lambda: VecFrameStack(make_vec_env(CATCH), 2), "is in a VecFrameStack"),
        (lambda: make_vec_env(CATCH, wrapper_class=Silent), "has the wrapper Silent, which does not say its arguments"),
        (lambda: make_vec_env(lambda: gym.make(CATCH).unwrapped.__class__()), "it has no remake and no spec"),
    ],
)
def test_what_cannot_be_made_again_is_refused(env, message):
    with pytest.raises(NoEnvError, match=message):
        how_to_remake(env())
