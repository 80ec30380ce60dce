"""Beginning with the weights of a trained agent: what is taken, what is new, and what is refused before anything is written."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch as th
from small_eye import GAZE
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import NatureCNN
from stable_baselines3.common.vec_env import DummyVecEnv
from told import Told

from saccade.agents import PQN, DoubleDQN
from saccade.experiments import ConfigError, RunConfig, resume, train
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.initial_weights import begin_with
from saccade.experiments.setup.models import build_model
from saccade.experiments.setup.other_agents import env_and_agent, model_at, name_of_start
from saccade.experiments.setup.run_envs import run_env
from saccade.policies import DuelingMlpPolicy
from saccade.saliency.loading.saved_policy import weights_of

DIGITS = {"dataset": "digits", "size": 60, "glimpses": 3, "distractors": 0}


def digits(env: str, output: str = "run", **changes) -> RunConfig:
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "n_envs": 2, "total_timesteps": 12}
    return RunConfig(env, env_kwargs=DIGITS, set=GAZE, output=Path(output), **{**few, **changes})


def new_model(config: RunConfig):
    env = run_env(config.env, config.spec, config.fitted, 2, 0)
    return build_model(config.spec, config.fitted, env, 0, "cpu", eager=True)


def test_an_agent_of_sums_begins_with_what_an_agent_of_pairs_has_learned():
    pairs = train(digits("DigitPair", "pairs")).checkpoint
    config = digits("DigitSum", weights_from="pairs")
    assert config.weights_from == str(pairs.absolute())  # so the run finds it from any folder
    model, untouched, trained = new_model(config), new_model(config), weights_of(pairs)
    before = th.get_rng_state()
    said = begin_with(model, pairs)
    assert th.equal(before, th.get_rng_state())
    own, fresh = model.policy.state_dict(), untouched.policy.state_dict()
    new = {name for name in own if trained[name].shape != own[name].shape}
    # 19 sums in place of 10 digits: in what the agent says, and in what it sees of its last answer. SB3 names its eye thrice.
    assert {name.split("features_extractor.")[-1] for name in new} == {
        "action_net.weight",
        "action_net.bias",
        "glimpse_network.from_known.weight",
    }
    for name, weight in own.items():
        assert th.equal(weight, fresh[name] if name in new else trained[name]), name
    assert not all(th.equal(fresh[name], trained[name]) for name in own if name not in new)
    parameters = dict(model.policy.named_parameters())
    count = sum(weight.numel() for weight in parameters.values())
    taken = count - sum(parameters[name].numel() for name in new & parameters.keys())
    words, _, names = said.partition("; new: ")
    assert words == f"begins with {taken:,} of {count:,} weights of {pairs}"
    assert set(names.split(", ")) == new & parameters.keys()


def test_a_run_says_what_it_began_with_and_goes_on_without_that_file():
    pairs = train(digits("DigitPair", "pairs")).checkpoint
    told = Told()
    run = train(digits("DigitSum", weights_from=Path("pairs"), total_timesteps=6), reporter=told).run
    assert any(line.startswith("begins with") for line in told.lines)
    content = RunFolder(run).read_content()
    assert content["options"]["weights_from"] == str(pairs.absolute())
    assert content["began_with"] == "DigitPair-glimpse-reinforce-12"
    shutil.rmtree("pairs")
    assert resume(run, total_timesteps=12).env_steps == 12
    assert RunFolder(run).read_content()["began_with"] == content["began_with"]  # so it stays a seed of the same setting


@pytest.mark.parametrize("own", [PQN, DoubleDQN])
def test_weights_of_stock_sb3_are_taken_for_the_network_that_acts(own):
    """A target network is older than its online one. PQN has one network, and takes the online one."""
    trained = DQN(DuelingMlpPolicy, "CartPole-v1", seed=1, policy_kwargs={"layer_norm": own is PQN})
    with th.no_grad():
        for weight in trained.q_net_target.parameters():
            weight += 1
    trained.save("dqn")
    model = own(DuelingMlpPolicy, "CartPole-v1", seed=2, batch_size=16)
    begin_with(model, Path("dqn.zip"))
    obs = np.array([[0.1, -0.2, 0.03, 0.4]], np.float32)
    of_trained, of_model = (each.policy.q_net(th.as_tensor(obs)) for each in (trained, model))
    assert th.equal(of_trained, of_model)
    if own is DoubleDQN:
        assert th.equal(model.q_net_target(th.as_tensor(obs)), trained.q_net_target(th.as_tensor(obs)))


def test_what_cannot_be_begun_with_is_refused_before_anything_is_written():
    PPO("MlpPolicy", "CartPole-v1").save("ppo")
    Path("text.zip").write_text("no model")
    Path("empty").mkdir()
    for named, words in (
        ("nothing", "weights_from names nothing, but there is no such run folder or model"),
        ("empty", "weights_from names empty, which has no checkpoint"),
    ):
        with pytest.raises(ConfigError, match=words):
            digits("DigitSum", weights_from=named)
    for named, words in (("ppo.zip", "none of its weights has the name and the size"), ("text.zip", "cannot be read: .*text.zip")):
        with pytest.raises(ConfigError, match=words):
            train(digits("DigitSum", weights_from=named))
    assert not Path("run").exists()


def test_names_of_other_agents():
    run = train(digits("DigitPair", "pairs")).run
    assert model_at("pairs") == RunFolder(run.absolute()).latest_checkpoint()
    assert env_and_agent(model_at(run)) == "DigitPair-glimpse-reinforce"
    assert env_and_agent(Path("somewhere/model.zip")) is None
    assert env_and_agent(Path("gone/checkpoints/step_0000000001.zip")) is None
    assert name_of_start(str(model_at(run))) == "DigitPair-glimpse-reinforce-12"
    Path("own.zip").write_bytes(b"weights")
    assert name_of_start("own.zip") == "own-9a129038"  # the first digits that sha256sum prints
    assert name_of_start("gone/checkpoints/step_0000000001.zip").startswith("step_0000000001-")
    assert name_of_start(None) is None


def test_a_shared_extractor_begins_with_that_of_the_actor():
    """The trained critic has one of its own. Loaded last, it would stand before the actor's layers, which never saw it."""
    env = DummyVecEnv([lambda: FakeImageEnv(screen_height=36, screen_width=36)])
    small = {"features_extractor_class": NatureCNN, "features_extractor_kwargs": {"features_dim": 8}}
    trained = PPO("CnnPolicy", env, policy_kwargs={**small, "share_features_extractor": False})
    with th.no_grad():
        for weight in trained.policy.vf_features_extractor.parameters():
            weight += 1
    trained.save("apart")
    new = PPO("CnnPolicy", env, policy_kwargs=small)
    assert begin_with(new, Path("apart.zip")).endswith("new: none")
    for own, actors in zip(
        new.policy.features_extractor.parameters(), trained.policy.pi_features_extractor.parameters(), strict=True
    ):
        assert th.equal(own, actors)
