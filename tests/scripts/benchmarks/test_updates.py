"""The rows of soft attention in benchmark.py: updates alone, with the policies that they name."""

from functools import partial

from saccade.experiments import read_hyperparameters
from saccade.scripts.benchmarks.claims import CLAIMS, SOFT_ATTENTION
from saccade.scripts.benchmarks.learners import pqn_updates
from saccade.scripts.benchmarks.timing import Setting

SETTING = Setting("Breakout", "BreakoutNoFrameskip-v4", "cpu", seconds=0.1, rounds=1)
SMALL = {"n_steps": 2, "batch_size": 24, "n_epochs": 2, "compile": False, "autocast": False}


def test_work_is_the_updates_of_a_rollout(one_torch_thread):
    envs = read_hyperparameters("soft-attention-pqn")["n_envs"]
    with pqn_updates(SETTING, "soft-attention-pqn", **SMALL, policy_kwargs={"hidden_width": 4, "values": 4}) as work:
        assert work() == 2 * -(-2 * envs // 24)  # epochs times batches, the last of which is smaller


def test_there_is_a_row_for_each_map():
    rows = {claim.name: claim for claim in CLAIMS if claim.name.startswith("soft-attention-update-")}
    assert list(rows) == [f"soft-attention-update-{places}" for places, _, _ in SOFT_ATTENTION]
    for places, policy_kwargs, target in SOFT_ATTENTION:
        measured: partial = rows[f"soft-attention-update-{places}"].measure
        assert measured.keywords["ours"].keywords["policy_kwargs"] == policy_kwargs
        assert measured.keywords["peer"] is pqn_updates
        assert rows[f"soft-attention-update-{places}"].target == target
