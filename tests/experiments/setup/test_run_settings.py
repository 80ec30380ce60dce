from saccade.experiments.setup.run_settings import as_text, flat, settings_of


def test_settings_are_what_may_change_results():
    """Two runs that differ in folder, device, Weights & Biases, logs and seed have the same settings."""
    hyperparameters = {"n_timesteps": 100, "learning_rate": 1e-3, "env_kwargs": {"size": 28, "data": "/a", "device": "cpu"}}
    options = {"env": "Enduro", "agent": "pqn", "seed": 0, "device": "cpu", "wandb": "online", "eval_every": 10, "eager": False}
    others = {**options, "seed": 4, "device": "cuda", "wandb": "disabled", "eval_every": 99, "checkpoint_every": 7}
    moved = {**hyperparameters, "env_kwargs": {"size": 28, "data": "/b"}}
    first = settings_of({"options": options, "hyperparameters": hyperparameters})
    assert first == settings_of({"options": others, "hyperparameters": moved})
    assert first == {"n_timesteps": 100, "learning_rate": 1e-3, "env_kwargs.size": 28}
    for changed in ({"n_timesteps": 200}, {"learning_rate": 1e-4}, {"env_kwargs": {"size": 60}}):
        assert first != settings_of({"options": options, "hyperparameters": {**hyperparameters, **changed}})
    assert settings_of({"options": {**options, "eager": True}, "hyperparameters": hyperparameters})["eager"]


def test_a_gaze_that_is_said_to_be_learned_is_what_it_is_by_default():
    said, unsaid, forced = (
        settings_of({"options": {}, "hyperparameters": {"gaze_kwargs": {"tiles": 3, **gaze}}})
        for gaze in ({"forced": None}, {}, {"forced": "random"})
    )
    assert said == unsaid == {"gaze_kwargs.tiles": 3}
    assert forced == {"gaze_kwargs.tiles": 3, "gaze_kwargs.forced": "random"}


def test_what_a_run_began_with_is_a_setting():
    random, pong, later = (
        {"options": {}, "hyperparameters": {}, **begun} for begun in ({}, {"began_with": "a-1"}, {"began_with": "a-2"})
    )
    assert settings_of(random) == {}
    assert settings_of(pong) == {"began_with": "a-1"} != settings_of(later)


def test_nested_names_have_dots():
    assert flat({"a": {"b": 1, "c": {"d": [2]}}, "e": {}}) == {"a.b": 1, "a.c.d": [2], "e": {}}


def test_the_text_of_settings_knows_no_order():
    assert as_text({"a": 1, "b": {"c": 2, "d": 3}}) == as_text({"b": {"d": 3, "c": 2}, "a": 1})
    assert as_text({"a": 1}) != as_text({"a": 2})
