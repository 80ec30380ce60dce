"""What an answer costs: the hard agent without an env does what it does in the env, and every rival is measured."""

import json

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.experiments import USER_ERRORS
from saccade.scripts.benchmarks.digits import cost
from saccade.scripts.benchmarks.digits.hard_looks import PIXELS, hard_looks
from saccade.scripts.door import open_door


@pytest.mark.parametrize("size", [40, 70])
def test_hard_looks_are_those_of_an_episode(size):
    th.manual_seed(0)
    network = hard_looks(size, 10, 3, glimpse=6, scales=2)
    th.nn.init.normal_(network.policy.gaze_net[-1].weight)  # so that it looks around
    batch = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=4, dataset="digits", size=size, glimpses=3)
    env = GymnasiumVecEnv(VectorGazeWrapper(batch, relative=True, pixels=PIXELS, first="center"))
    env.seed(0)
    obs, state, starts, gazes = env.reset(), None, np.ones(4, dtype=bool), []
    with th.no_grad():
        answers = network(th.as_tensor(obs["image"])).argmax(2)
    for t in range(3):
        gazes.append(obs["gaze"])
        actions, state = network.policy.predict(obs, state, starts, deterministic=True)
        assert (actions[:, 0] == answers[t].numpy()).all()
        obs, _, starts, _ = env.step(actions)
    assert np.abs(np.diff(gazes, axis=0)).max() > 0.1


def test_all_rivals_are_measured_in_one_run(tmp_path):
    output = tmp_path / "cost.json"
    cost.measure(output, sizes=(40, 48), batches=(1, 2), seconds=0.0, rounds=1)
    found = json.loads(output.read_text())
    assert [(row["size"], row["network"]) for row in found["rows"]] == [(size, name) for size in (40, 48) for name in cost.RIVALS]
    assert all(set(row["seconds"]) == {"1", "2"} and min(row["seconds"].values()) > 0 for row in found["rows"])
    arithmetic = {(row["size"], row["network"]): row["multiply_adds"] for row in found["rows"]}
    assert arithmetic[40, "hard"] == arithmetic[48, "hard"]
    assert arithmetic[40, "cnn"] < arithmetic[48, "cnn"]
    assert arithmetic[40, "bilinear"] == pytest.approx(arithmetic[40, "hard"], rel=0.05)  # the same layers
    assert found["settings"]["scales"] == 4
    with pytest.raises(USER_ERRORS, match="exists already"):
        cost.measure(output)


def test_a_batch_is_split_where_it_does_not_fit(monkeypatch):
    canvases = th.randint(0, 256, (5, 1, 40, 40), dtype=th.uint8)
    assert len(cost.pieces(canvases, whole=False)) == 1
    monkeypatch.setattr(cost, "PIXELS_AT_ONCE", 2 * 40**2)
    parts = cost.pieces(canvases, whole=False)
    assert [len(part) for part in parts] == [2, 2, 1]
    assert th.equal(th.cat(parts), canvases)
    assert cost.pieces(canvases, whole=True) == (canvases,)
    monkeypatch.setattr(cost, "PIXELS_AT_ONCE", 1)
    assert len(cost.pieces(canvases, whole=False)) == 5


def test_seconds_are_those_of_a_canvas(monkeypatch):
    """Each part takes a second for each of its canvases, by a clock that the network moves."""
    clock, seen = [0.0], []
    monkeypatch.setattr(cost.time, "process_time", lambda: clock[0])

    class Slow(th.nn.Module):
        def forward(self, canvases):
            clock[0] += len(canvases)
            seen.append((len(canvases), float(canvases.max())))
            return canvases

    parts = (th.full((2, 1, 4, 4), 255, dtype=th.uint8), th.full((1, 1, 4, 4), 255, dtype=th.uint8))
    assert cost.seconds_of(Slow(), parts, 4.0) == 1.0
    assert seen == [(1, 1.0), (2, 1.0), (1, 1.0), (2, 1.0)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rivals", "hard", "sofd"], "--rivals has 'sofd'; it must be some of: hard, window, bilinear, soft, cnn"),
        (["--rounds", "0"], "--rounds is 0; it must be at least 1"),
    ],
)
def test_a_mistake_is_one_line(words, said, tmp_path, capsys):
    output = tmp_path / "cost.json"
    with pytest.raises(SystemExit) as ended:
        open_door(cost.main, ["--output", str(output), "--sizes", "40", *words], "cost.py")
    assert (ended.value.code, capsys.readouterr().err) == (2, f"error: {said}\n")
    assert not output.exists()
