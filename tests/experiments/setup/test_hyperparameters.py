from importlib.resources import files
from pathlib import Path

import pytest

from saccade.agents import PQN
from saccade.envs import make_atari
from saccade.experiments import AGENTS, ConfigError, RunConfig, read_hyperparameters
from saccade.experiments.setup.hyperparameters import extended, fit_to_run, small_replay
from saccade.experiments.setup.models import build_model


def updates_per_env_step(h: dict) -> float:
    return h["gradient_steps"] / (h["train_freq"] * h["n_envs"])


def test_updates_per_env_step_stay_the_same_for_any_number_of_envs():
    written = read_hyperparameters("dueling-dqn")
    assert updates_per_env_step(written) == 1 / 4
    for n_envs in (1, 2, 3, 4, 8, 10, 128):
        assert updates_per_env_step(fit_to_run(written, n_envs, 1_000_000)) == 1 / 4
    assert fit_to_run(written, 1, 1_000_000)["train_freq"] == 4


def test_short_runs_start_learning_early_and_long_ones_as_written():
    written = read_hyperparameters("dueling-dqn")
    assert fit_to_run(written, 8, 20_000)["learning_starts"] == 1_000
    assert fit_to_run(written, 8, 20_000)["buffer_size"] == 20_000
    long = fit_to_run(written, 8, 10_000_000)
    assert (long["learning_starts"], long["buffer_size"]) == (50_000, 1_000_000)


def test_what_the_user_has_chosen_stays():
    written = read_hyperparameters("dueling-dqn") | {"learning_starts": 15_000, "buffer_size": 50_000}
    assert fit_to_run(written, 8, 20_000, {"learning_starts"})["learning_starts"] == 15_000
    assert fit_to_run(written, 8, 20_000, {"learning_starts"})["buffer_size"] == 20_000
    # of a pair that says how often the agent learns, both stay
    one = fit_to_run(written | {"gradient_steps": 2}, 4, 1_000_000, {"gradient_steps"})
    assert (one["gradient_steps"], one["train_freq"]) == (2, written["train_freq"])
    for given, steps in (({}, 256), ({"n_steps": 16}, 16)):
        assert RunConfig("Pong", agent="pqn", n_envs=4, set=given).fitted["n_steps"] == steps
    chosen = {"buffer_size": 50_000, "policy_kwargs.hidden_width": 64}
    assert RunConfig("Pong", agent="dueling-dqn", total_timesteps=20_000, set=chosen).fitted["buffer_size"] == 50_000


def test_a_short_run_that_goes_on_says_that_its_replay_stays_small():
    fitted = fit_to_run(read_hyperparameters("dueling-dqn"), 8, 20_000)
    assert small_replay(fitted, 10_000_000).startswith(
        "the replay buffer keeps 20,000 transitions, and learning began after 1,000 env steps, as fits the first length of 20,000"
    )
    assert small_replay(fitted, 20_000) is None
    assert small_replay(fit_to_run(read_hyperparameters("dueling-dqn"), 8, 2_000_000), 10_000_000) is None
    assert small_replay(fit_to_run(read_hyperparameters("pqn"), 8, 20_000), 10_000_000) is None


def test_every_agent_has_its_file():
    for agent in AGENTS:
        env = {"glimpse-reinforce": "Catch", "reinforce": "Reorder", "recurrent-ppo": "Reorder"}.get(agent, "atari")
        assert {"policy", "n_envs", "n_timesteps"} <= read_hyperparameters(agent, env=env).keys()


def test_an_agent_that_cannot_learn_an_env_names_those_that_can():
    with pytest.raises(ConfigError, match=r"dueling-dqn has no hyperparameters for Quadrant; these agents have: pqn$"):
        read_hyperparameters("dueling-dqn", env="Quadrant")


def test_n_steps_of_a_dqn_belong_to_its_buffer(tmp_path):
    file = tmp_path / "three-steps.yml"
    file.write_text(files("saccade.hyperparams").joinpath("dueling-dqn.yml").read_text() + "  n_steps: 3\n")
    with pytest.raises(ConfigError, match=r"give dueling-dqn replay_buffer_kwargs: \{n_steps: 3\}"):
        read_hyperparameters("dueling-dqn", file)


def test_a_longer_run_lets_beta_rise_for_longer():
    fitted = fit_to_run(read_hyperparameters("prioritized-dueling-dqn"), 32, 100_000)
    assert fitted["replay_buffer_kwargs"]["beta_updates"] == 25_000
    longer = extended(fitted, 300_000)
    assert longer["replay_buffer_kwargs"]["beta_updates"] == 75_000
    assert longer["n_timesteps"] == 300_000
    assert fitted["n_timesteps"] == 100_000
    assert extended({"n_timesteps": 100}, 200) == {"n_timesteps": 200}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gamma": "0,99"}, "gamma is '0,99'; it must be a number, at least 0"),
        ({"gamma": True}, "gamma is True"),
        ({"gamma": float("nan")}, "gamma is nan"),
        ({"n_steps": 2.5}, "n_steps is 2.5; it must be a whole number, at least 1"),
        ({"learning_rate": "lin_fast"}, "learning_rate is 'lin_fast'"),
        ({"learning_rate": "lin_-1"}, "learning_rate is 'lin_-1'"),
        ({"gamma": "lin_1"}, "gamma is 'lin_1'"),
        ({"replay": 3}, "pqn has no hyperparameter 'replay'; it has: policy, n_envs"),
        ({"policy_kwargs": [1]}, "policy_kwargs must be keyword arguments"),
        ({"policy_kwargs": {"depth": 3}}, "policy_kwargs: DuelingCnnPolicy has no 'depth'; it has: net_arch"),
        ({"policy_kwargs": {"features_extractor_kwargs": {"eyes": 2}}}, "NatureConvolutions has no 'eyes'"),
        (
            {"policy_kwargs": {"features_extractor_class": "NatureCNN"}},
            "features_extractor_class is 'NatureCNN', which is not a class",
        ),
        (
            {"policy_kwargs": {"features_extractor_class": "NatureCNN", "features_extractor_kwargs": {"features_dim": 9}}},
            "features_extractor_class is 'NatureCNN', which is not a class",
        ),
        ({"policy_kwargs": {"hidden_width": -4}}, "policy_kwargs: hidden_width is -4; it must be a whole number, at least 1"),
        ({"policy_kwargs": {"hidden_width": "wide"}}, "hidden_width is 'wide'; it must be a whole number"),
        ({"policy_kwargs": {"net_arch": [64, -1]}}, "net_arch is -1; it must be a whole number, at least 1"),
        ({"policy": "saccade.policies.SoftAttentionDuelingPolicy", "policy_kwargs": {"waves": -1}}, "waves is -1; .*at least 0"),
        ({"policy": "CnnPolicy9"}, "unknown policy 'CnnPolicy9'"),
        ({"policy": "saccade.policies.Nothing"}, "cannot be imported"),
    ],
)
def test_mistakes_in_hyperparameters(changes, message):
    with pytest.raises(ConfigError, match=message):
        RunConfig(hyperparameters={**read_hyperparameters("pqn"), **changes})


def test_names_that_a_users_own_policy_takes_through_kwargs(tmp_path, monkeypatch):
    (tmp_path / "policies_with_kwargs.py").write_text(
        "from saccade.policies import DuelingCnnPolicy\n"
        "class Own(DuelingCnnPolicy):\n"
        "    def __init__(self, *args, **kwargs):\n"
        "        self.colour = kwargs.pop('colour')\n"
        "        super().__init__(*args, **kwargs)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    own = {"policy": "policies_with_kwargs.Own", "policy_kwargs": {"colour": "red"}, "verbose": 0, "tensorboard_log": None}
    fitted = RunConfig(hyperparameters={**read_hyperparameters("pqn"), **own}).fitted
    assert own.items() <= fitted.items()


@pytest.mark.parametrize("value", [-2, 0, -2.5])
def test_a_number_that_is_no_size_may_be_below_1(value):
    own = {"policy_kwargs": {"log_std_init": value}}
    given = {**read_hyperparameters("recurrent-ppo", env="CopyRecall"), **own}
    fitted = RunConfig("CopyRecall", "recurrent-ppo", hyperparameters=given).fitted
    assert fitted["policy_kwargs"] == {"log_std_init": value}


def test_sizes_of_a_users_own_policy_mean_what_the_user_says(tmp_path, monkeypatch):
    (tmp_path / "sized_policies.py").write_text(
        "from saccade.policies import DuelingCnnPolicy\n"
        "class Own(DuelingCnnPolicy):\n"
        "    def __init__(self, *args, layers: int = -1, **kwargs):\n"
        "        super().__init__(*args, **kwargs)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    own = {"policy": "sized_policies.Own", "policy_kwargs": {"layers": -1}}
    assert RunConfig(hyperparameters={**read_hyperparameters("pqn"), **own}).fitted["policy_kwargs"] == {"layers": -1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clip_range_vf": 0.0}, r"clip_range_vf is 0\.0; it must be above 0"),
        ({"policy_kwargs": {"squash_output": True}}, "squash_output needs use_sde"),
        ({"policy_kwargs": {"features_extractor_kwargs": {"features_dim": 0}}}, "features_dim is 0; it must be a whole number"),
    ],
)
def test_what_sb3_only_asserts_is_checked_first(changes, message):
    with pytest.raises(ConfigError, match=message):
        RunConfig("Catch", "glimpse-ppo", hyperparameters={**read_hyperparameters("glimpse-ppo", env="Catch"), **changes})


def test_a_bug_in_a_constructor_shows_its_traceback(monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise AssertionError("a bug")

    config = RunConfig()
    monkeypatch.setattr(PQN, "_setup_model", broken)
    env = make_atari("Enduro", 1)
    try:
        with pytest.raises(AssertionError, match="a bug"):
            build_model(config.spec, config.fitted, env, 0, "cpu")
    finally:
        env.close()


def test_types_of_hyperparameters_without_bounds():
    written = read_hyperparameters("glimpse-reinforce", env="Catch")
    with pytest.raises(ConfigError, match="hyperparameters: vf_coef is 'a'; it must be a number"):
        RunConfig("Catch", hyperparameters={**written, "vf_coef": "a"})


def test_numbers_that_fall_over_the_run():
    written = {**read_hyperparameters("pqn"), "learning_rate": "lin_1e-3_1e-4"}
    assert RunConfig(hyperparameters=written).fitted["learning_rate"] == "lin_1e-3_1e-4"
    with pytest.raises(ConfigError, match="learning_rate is 'lin_1e-3_'"):  # half of a word
        RunConfig(hyperparameters={**written, "learning_rate": "lin_1e-3_"})


def test_what_rl_zoo_needs_is_taken_only_where_it_says_what_is_done():
    """A wrapper or another stack would be left out, and nobody would see it."""
    written = read_hyperparameters("pqn")
    wrapper = "stable_baselines3.common.atari_wrappers.AtariWrapper"
    for said in ({"frame_stack": 4}, {"env_wrapper": wrapper}, {"env_wrapper": [wrapper]}):
        assert RunConfig(hyperparameters={**written, **said}).fitted == RunConfig(hyperparameters=written).fitted
    for other in ({"frame_stack": 2}, {"env_wrapper": ["own.Wrapper"]}, {"env_wrapper": [{wrapper: {"clip_reward": False}}]}):
        with pytest.raises(ConfigError, match=f"{next(iter(other))} is .*, but a run with Enduro makes its envs itself"):
            RunConfig(hyperparameters={**written, **other})
    catch = read_hyperparameters("glimpse-reinforce", env="Catch")
    assert RunConfig("Catch", hyperparameters={**catch, "frame_stack": 1, "env_wrapper": None}).fitted == RunConfig("Catch").fitted
    with pytest.raises(ConfigError, match="frame_stack is 4, but a run with Catch makes its envs itself"):
        RunConfig("Catch", hyperparameters={**catch, "frame_stack": 4})
    with pytest.raises(ConfigError, match="set does not take frame_stack, which is RL Zoo's"):
        RunConfig(set={"frame_stack": 4})


def test_files_that_cannot_be_used(tmp_path):
    for text, message in (
        ("[", "cannot be read"),
        ("a: 1", "no entry 'atari' with hyperparameters; it has: a"),
        ("", "no entries"),
        ("atari: 3", "own.yml: atari is 3; it must have hyperparameters"),
    ):
        Path("own.yml").write_text(text)
        with pytest.raises(ConfigError, match=message):
            read_hyperparameters("pqn", Path("own.yml"))


def test_entries_for_the_suites_own_envs():
    for task in ("ClutteredMNIST", "TranslatedMNIST", "DigitPair", "DigitSum", "HouseNumber", "Catch"):
        assert read_hyperparameters("glimpse-reinforce", env=task)["n_envs"] > 1
    with pytest.raises(ConfigError, match="has no hyperparameters for Breakout; these agents have: pqn"):
        read_hyperparameters("glimpse-reinforce", env="Breakout")
