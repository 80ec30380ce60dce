from agent_setup import ALGORITHMS, fit_to_run, read_hyperparameters


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
        assert {"policy", "n_envs", "n_timesteps"} <= read_hyperparameters(agent).keys()
