"""The rows of soft attention and of the fovea in benchmark.py: what they name is what they measure."""

from functools import partial

from saccade.experiments import read_hyperparameters
from saccade.policies import SoftAttentionLstmPolicy
from saccade.scripts.benchmarks.claims import CLAIMS, SOFT_ATTENTION
from saccade.scripts.benchmarks.learners import PPO_ENVS, eye_in_words, pqn_updates, recurrent_ppo
from saccade.scripts.benchmarks.timing import Setting
from saccade.scripts.tables.speed import WHAT

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


def test_the_recurrent_row_learns_with_soft_attention(one_torch_thread):
    (claim,) = (claim for claim in CLAIMS if claim.name == "soft-attention-lstm")
    ours, peer = claim.measure.keywords["ours"], claim.measure.keywords["peer"]
    assert (ours.keywords["policy"], peer.keywords["policy"]) == (SoftAttentionLstmPolicy, "CnnLstmPolicy")
    assert ours.func is peer.func is recurrent_ppo
    with ours(SETTING, n_steps=2) as work:
        assert work() == 2 * PPO_ENVS


def test_the_rows_of_the_fovea_say_which_eye_it_is():
    eye = read_hyperparameters("glimpse-pqn")["policy_kwargs"]["features_extractor_kwargs"]
    said = eye_in_words("glimpse-pqn")
    assert said.startswith(f"{eye['scales']} scales of {eye['size']}x{eye['size']} pixels")
    assert ("overview" in said, "pasted" in said) == (eye["overview"], eye["pasted"])
    (claim,) = (claim for claim in CLAIMS if claim.name == "glimpse-pqn-vs-pqn")
    assert said in claim.note
    assert said in WHAT["glimpse-pqn-vs-pqn"][0]
