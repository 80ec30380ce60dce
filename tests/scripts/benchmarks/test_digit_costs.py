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
    cost.main(output, sizes=(40, 48), batches=(1, 2), seconds=0.0, rounds=1)
    found = json.loads(output.read_text())
    assert [(row["size"], row["network"]) for row in found["rows"]] == [(size, name) for size in (40, 48) for name in cost.RIVALS]
    assert all(set(row["seconds"]) == {"1", "2"} and min(row["seconds"].values()) > 0 for row in found["rows"])
    arithmetic = {(row["size"], row["network"]): row["multiply_adds"] for row in found["rows"]}
    assert arithmetic[40, "hard"] == arithmetic[48, "hard"]
    assert arithmetic[40, "cnn"] < arithmetic[48, "cnn"]
    assert arithmetic[40, "bilinear"] == pytest.approx(arithmetic[40, "hard"], rel=0.05)  # the same layers
    assert found["settings"]["scales"] == 4
    with pytest.raises(USER_ERRORS, match="exists already"):
        cost.main(output)


def test_pieces_of_a_batch_give_the_answers_of_the_whole(monkeypatch):
    monkeypatch.setattr(cost, "PIXELS_AT_ONCE", 2 * 40**2)
    canvases = th.randint(0, 256, (5, 1, 40, 40), dtype=th.uint8)
    for name in ("cnn", "soft"):
        network = cost.make_network(name, 40, 10, 2, {})
        with th.no_grad():
            assert th.allclose(cost.in_pieces(network, canvases), network(canvases / 255), atol=1e-5)
