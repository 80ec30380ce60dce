import pytest

from agent_setup import ALGORITHMS, HYPERPARAMETERS, canonical_name, fit_to_run, read_hyperparameters
from plain_errors import UserError
from train import extend


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


def test_every_agent_has_its_file():
    for agent in ALGORITHMS:
        env = "Catch" if agent == "glimpse-reinforce" else "atari"
        assert {"policy", "n_envs", "n_timesteps"} <= read_hyperparameters(agent, env=env).keys()


def test_n_steps_of_a_dqn_belong_to_its_buffer(tmp_path):
    file = tmp_path / "three-steps.yml"
    file.write_text((HYPERPARAMETERS / "dueling-dqn.yml").read_text() + "  n_steps: 3\n")
    with pytest.raises(UserError, match=r"give dueling-dqn replay_buffer_kwargs: \{n_steps: 3, gamma: 0.99\}"):
        read_hyperparameters("dueling-dqn", file)


def test_a_longer_run_lets_beta_rise_for_longer():
    fitted = fit_to_run(read_hyperparameters("prioritized-dueling-dqn"), 32, 100_000)
    assert fitted["replay_buffer_kwargs"]["beta_updates"] == 25_000
    extend(fitted, 300_000)
    assert fitted["replay_buffer_kwargs"]["beta_updates"] == 75_000
    assert fitted["n_timesteps"] == 300_000
    plain = {"n_timesteps": 100}
    extend(plain, 200)
    assert plain == {"n_timesteps": 200}


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (("Enduro", "ALE/Enduro-v5", "EnduroNoFrameskip-v4"), "enduro"),
        (("catch", "saccade/Catch-v0", "saccade.envs:saccade/Catch-v0"), "saccade/Catch-v0"),
        (("CartPole-v1",), "CartPole-v1"),
        (("Endurro",), "Endurro"),
    ],
)
def test_one_name_for_all_spellings(spellings, name):
    assert {canonical_name(spelling) for spelling in spellings} == {name}
