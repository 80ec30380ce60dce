"""PQN through a fovea: what a run leaves, its controls, bad input."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from small_eye import RETINA

from saccade.experiments import USER_ERRORS, RunConfig, compare, evaluate, explain, read_hyperparameters, train
from saccade.experiments.run_folder import RunFolder
from saccade.saliency import GazeCallback, SaliencyCallback, load_policy

SMALL = {"policy_kwargs": {"hidden_width": 8, "features_extractor_kwargs": RETINA}, "n_steps": 8, "batch_size": 16, "n_epochs": 1}


def small(env: str = "saccade/Catch-v0", **changes) -> dict:
    return {**read_hyperparameters("glimpse-pqn", env=env), **SMALL, "n_envs": 4, "n_timesteps": 64, **changes}


def config(output: str = "run", env: str = "Catch", hyperparameters: dict | None = None, **options) -> RunConfig:
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "seed": 3, "saliency_every": 10**9}
    return RunConfig(
        env=env, agent="glimpse-pqn", hyperparameters=hyperparameters or small(), output=Path(output), **{**few, **options}
    )


@pytest.fixture(autouse=True)
def _few(monkeypatch, one_torch_thread):
    """Events with few pictures."""
    of_maps = {"probe_count": 1, "video_steps": 2, "trust": False}
    monkeypatch.setattr("saccade.experiments.learning.training_callbacks.SaliencyCallback", partial(SaliencyCallback, **of_maps))
    monkeypatch.setattr("saccade.experiments.learning.training_callbacks.GazeCallback", partial(GazeCallback, episodes=3, shown=1))


def test_a_run_has_maps_and_gazes_and_a_page_of_both(tmp_path):
    result = train(config())
    run = tmp_path / "run"
    assert result.pictures == Path("run", "saliency")
    names = {folder: {file.name for file in (run / folder).iterdir()} for folder in ("saliency", "gaze")}
    assert {"step_0000000000.npz", "step_0000000064.npz", "probes.npz"} <= names["saliency"]
    assert {"step_0000000064.npz", "step_0000000064_paths.png", "step_0000000064_heat_map.png"} <= names["gaze"]
    kept = np.load(run / "saliency" / "step_0000000064.npz")
    assert {"value", "advantage", "advantage_gaze"} <= {name.partition("/")[0].partition("@")[0] for name in kept.files}
    assert str(np.load(run / "gaze" / "step_0000000064.npz")["believed"]) == "Q"
    page = compare((run,)).read_text()
    assert page.count("Paths of the gaze at") == 2
    assert 'id="map-0-0-0"' in page
    other = train(config("other", gaze="centre")).run
    page = compare((run, other), output="both.html").read_text()
    assert page.count("Paths of the gaze at") == 4


def test_evaluated_under_other_gazes_and_explained(tmp_path):
    run = train(config()).run
    for gaze, name in ((None, "learned"), ("centre", "center"), ("random", "random")):
        scores = evaluate(run, games=8, gaze=gaze)
        assert scores.gaze == name
        assert scores.multiply_adds > 0
    assert len(list((run / "evaluation").glob("*-paths.png"))) == 3
    found = explain(run, states=2, steps=4, checks=False, video_steps=2)
    assert {key.head for key in found.maps} == {"value", "advantage", "advantage_gaze"}
    assert list(Path("explain-run").glob("*.mp4"))
    alone = explain(RunFolder(run).latest_checkpoint(), env="Catch", states=1, steps=2, checks=False, video_steps=0, output="alone")
    assert alone.maps.keys() == found.maps.keys()


@pytest.mark.parametrize("gaze", ["random", "centre"])
def test_a_control_is_trained_without_the_branch_of_the_gaze(gaze):
    folder = RunFolder(train(config(gaze=gaze)).run)
    policy = load_policy(folder.latest_checkpoint())
    assert policy.forced_gaze
    fresh = load_policy(RunFolder(train(config("learned")).run).latest_checkpoint())
    assert not fresh.forced_gaze
    maps = np.load(folder.path / "saliency" / "step_0000000064.npz").files
    assert not [name for name in maps if "gaze" in name and name.startswith("advantage")]


def test_what_is_not_of_the_gaze_is_as_in_pqn():
    ours, full = (read_hyperparameters(agent, env="Enduro") for agent in ("glimpse-pqn", "pqn"))
    of_gaze = {"exploration_branch_eps", "policy", "policy_kwargs", "gaze_kwargs", "env_kwargs"}
    assert {name: x for name, x in ours.items() if name not in of_gaze} == {name: x for name, x in full.items() if name != "policy"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gaze_kwargs": {"tiles": 25}}, "tiles are 25x25; they must be at least 1x1 and at most 24x24"),
        (
            {"policy_kwargs": {"features_extractor_kwargs": {"size": 8, "scales": 3}}},
            "spans 32 pixels, more than the image of 24x24",
        ),
        ({"gaze_kwargs": {}}, "glimpse-pqn chooses among tiles; give gaze_kwargs some"),
        (
            {"policy": "stable_baselines3.dqn.MultiInputPolicy", "policy_kwargs": {}},
            "chooses one action, but these actions have 2 branches",
        ),
        ({"gaze_kwargs": {"tiles": 5, "step": 0.2}}, "needs relative=True and tiles"),
        ({"gaze_kwargs": {"tiles": 5, "forced": "left"}}, "forced must be .*, not 'left'"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(tmp_path, changes, message):
    with pytest.raises(USER_ERRORS, match=message) as refusal:
        train(config(hyperparameters=small(**changes)))
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "run").exists()


def test_a_policy_without_a_retina_is_refused_before_anything_is_written(tmp_path):
    whole = small("Breakout", policy="MultiInputPolicy", policy_kwargs={"hidden_width": 8})
    with pytest.raises(USER_ERRORS, match=r"needs a policy that sees through a retina.*not a DuelingMultiInputPolicy"):
        train(config(env="Breakout", hyperparameters=whole))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_on_atari(tmp_path):
    file = small("Breakout", policy_kwargs={"features_extractor_kwargs": {"size": 10, "scales": 4}}, n_timesteps=128)
    run = train(config(env="Breakout", hyperparameters=file)).run
    assert yaml.safe_load((run / "config.yml").read_text())["hyperparameters"]["gaze_kwargs"]["memory"]
    assert (run / "gaze" / "step_0000000128.mp4").exists()
    evaluate(run, games=1, video_steps=5, sticky_actions=0)
    assert list((run / "evaluation").glob("*.mp4"))
    explain(run, states=2, steps=4, checks=False, video_steps=4)
    compare((run,))
    wide = {"features_extractor_kwargs": {"size": 20, "scales": 4}}
    with pytest.raises(USER_ERRORS, match="spans 160 pixels, more than the image of 84x84"):
        train(config("wide", env="Breakout", hyperparameters=small("Breakout", policy_kwargs=wide)))
