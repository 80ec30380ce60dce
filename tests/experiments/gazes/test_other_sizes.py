"""A run evaluated with other keyword arguments of its env: other sizes, more looks, and what is refused."""

import json
from pathlib import Path

import pytest

from saccade.agents import REINFORCE
from saccade.experiments import USER_ERRORS, RunConfig, evaluate, train
from saccade.experiments.model_envs.model_env import ModelEnv
from saccade.experiments.scoring.answers.changed_task import changed_task, name_of_change
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.saliency.readers.seen_axes import mapped_spaces

PIXELS = {"gaze_kwargs": {"relative": True, "pixels": 12, "first": "center"}}
RETINA = {"features_extractor_kwargs": {"size": 6, "scales": 4, "features_dim": 16, "what_dim": 16}, "lstm_hidden_size": 16}


def trained(name: str, **changed) -> Path:
    arguments = {
        "env": "ClutteredMNIST", "env_kwargs": {"dataset": "digits", "glimpses": 3, "size": 40}, "total_timesteps": 3 * 16,
        "n_envs": 16, "eval_games": 0, "wandb": "disabled", "progress": False, "output": Path(name),
    }  # fmt: skip
    train(RunConfig(**arguments, set={"policy_kwargs": RETINA, **changed}))
    return Path(name)


def test_one_agent_on_canvases_of_several_sizes():
    run = trained("run", **PIXELS)
    own = evaluate(run, games=20, video_steps=0)
    for size, pictures in ((30, 0), (96, 1)):  # the coarsest scale spans 48 pixels
        found = evaluate(run, env_kwargs={"size": size}, games=20, video_steps=pictures)
        assert found.multiply_adds == own.multiply_adds
        (report,) = (run / "evaluation").glob(f"*-size{size}.json")
        content = json.loads(report.read_text())
        assert (content["env_kwargs"], content["episodes"]) == ({"size": size}, 20)
    assert len(list((run / "evaluation").glob("*-size96-paths.png"))) == 1
    more = evaluate(run, env_kwargs={"glimpses": 6}, gaze="random", games=20, video_steps=0)
    assert more.multiply_adds == 2 * own.multiply_adds
    assert len(list((run / "evaluation").glob("*-random-glimpses6.json"))) == 1
    stops = evaluate(run, env_kwargs={"size": 96}, games=20, when_to_stop=True)
    assert stops.all_looks.mean_looks == 3
    with pytest.raises(USER_ERRORS, match=r"glimpses have 6x6 pixels|size is 5"):
        evaluate(run, env_kwargs={"size": 5}, games=20)


def test_an_agent_with_a_gaze_in_parts_of_the_image_is_refused():
    run = trained("run", policy_kwargs={"lstm_hidden_size": 16, "features_extractor_kwargs": {"size": 6, "scales": 2}})
    with pytest.raises(USER_ERRORS, match=r"does not fit this env: .* only agents whose gaze moves in pixels"):
        evaluate(run, env_kwargs={"size": 60}, games=20)
    assert not list((run / "evaluation").glob("*.json"))
    evaluate(run, env_kwargs={"distractors": 0}, games=20, video_steps=0)


@pytest.mark.parametrize(
    ("env", "given", "message"),
    [
        ("Enduro", {"size": 60}, "env_kwargs change the suite's tasks"),
        ("ClutteredMNIST", {"split": "test"}, "split is an option of its own"),
        ("ClutteredMNIST", {"copies": 2}, "copies is for training only"),
        ("ClutteredMNIST", {"spill": 2}, "spill is for training only"),
        ("ClutteredMNIST", {"smallest": 40}, "smallest is for training only"),
        ("ClutteredMNIST", {"side": 2}, "has no 'side'"),
        ("ClutteredMNIST", {"size": "large"}, "size .*whole number"),
    ],
)
def test_what_cannot_be_changed(env, given, message):
    with pytest.raises(USER_ERRORS, match=message):
        changed_task(env, given)


def test_a_saved_model_needs_to_know_how_many_pixels():
    digits, gaze = {"dataset": "digits", "glimpses": 3}, {"relative": True, "pixels": 12}
    policy = REINFORCE("GlimpsePolicy", make_gaze_env("ClutteredMNIST", 2, 0, digits, gaze)).policy
    with pytest.raises(USER_ERRORS, match="moves in pixels; say how many: gaze_kwargs relative=true pixels=32"):
        ModelEnv.for_policy(policy, "ClutteredMNIST", digits, {}, None).make(1, 0, None)
    env = ModelEnv.for_policy(policy, "ClutteredMNIST", digits, gaze, None).make(1, 0, None)
    assert env.observation_space == policy.observation_space
    assert list(mapped_spaces(policy)) == ["image"]  # neither the gaze nor the move has a map


def test_names_of_changes():
    assert name_of_change({}) is None
    assert name_of_change({"size": 256, "glimpses": 4}) == "glimpses4-size256"
    assert name_of_change({"data": "/a/../b c"}) == "data_a_.._b_c"
    assert len(name_of_change({"data": "x" * 300})) == 60


@pytest.mark.slow
def test_what_was_learned_on_small_canvases_holds_on_a_large_one():
    """The digit is in sight of the first look on all of them; a guess is wrong in nine of ten cases."""
    arguments = {
        "env": "TranslatedMNIST", "env_kwargs": {"dataset": "digits", "glimpses": 4, "size": 48, "smallest": 36},
        "total_timesteps": 4 * 64 * 900, "n_envs": 64, "eval_games": 0, "wandb": "disabled", "progress": False,
        "output": Path("run"), "device": "cpu",
    }  # fmt: skip
    retina = {"features_extractor_kwargs": {"size": 12, "scales": 3}}
    train(RunConfig(**arguments, set={**PIXELS, "gaze_std": 0.2, "learning_rate": 1e-3, "policy_kwargs": retina}))
    errors = {size: evaluate("run", env_kwargs={"size": size}, video_steps=0).error_percent for size in (36, 48, 60)}
    assert errors[36] < 25
    assert errors[48] < 25
    assert errors[60] < 40  # larger than any in training
