"""Tables of alignments by hand, from a small file."""

import json

from saccade.scripts.tables.memory_tasks.reordering import (
    alignment_table,
    answers_table,
    decay_table,
    deletion_table,
    plain,
    reward_table,
    runs_of,
    variants_table,
    where,
)


def run(seed: int, right: float = 0.9, agent: str = "reinforce", decay: float = 0.0, **arguments: object) -> dict:
    names = ("jacobian", "occlusion", "diagonal", "recency", "random")
    flips = {f"flips_{who}": 0.25 for who in ("map", "diagonal", "recency", "random_steps")}
    flips |= {"flips_lead_over_recency_low": 0.5, "flips_lead_over_random_steps_low": 0.4 + seed / 10}
    return {
        "run": f"r{seed}", "task": "Reorder", "agent": agent, "seed": seed, "env_steps": 1000, "weight_decay": decay, "symbols": 12,
        "env_kwargs": {"order": "copy", **arguments}, "commit": "abcdef123456", "hardware": {"cpu": "a CPU", "cores": 2},
        "settings": {"answers": 1000, "episodes": 50},
        "answers": {"right_percent": 99.5, "standard_error": 0.05, "faultless_percent": 97.25},
        "by_length": {"3": [2, 3], "10": [199, 200]},
        "alignment": {f"{what}_{name}": right for what in ("right", "error_rate") for name in names},
        "of_all_steps": {f"right_{name}": right / 2 for name in names},
        "deletion": {"jacobian": flips},
    }  # fmt: skip


def results(tmp_path, *runs: dict):
    (tmp_path / "memory").mkdir(parents=True)
    (tmp_path / "memory" / "reorder.json").write_text(json.dumps({"runs": runs}))
    return tmp_path


def test_seeds_of_an_order_by_hand(tmp_path):
    found = results(tmp_path, run(1, 0.8), run(0, 0.9), run(0, noise=0.2), run(0, decay=1.0), run(0, length=3))
    assert [one["seed"] for one in plain(runs_of(found), "copy")] == [0, 1]
    assert answers_table(found)[2:] == [
        "| copy | 0 | 1,000 | 99.50 +- 0.05 % | 97.2 % | 99.50 % |",
        "| copy | 1 | 1,000 | 99.50 +- 0.05 % | 97.2 % | 99.50 % |",
    ]
    assert alignment_table(found)[2] == "| copy | Jacobian | 85.0 % (90.0 %, 80.0 %) | 0.850 (0.900, 0.800) | 42.5 % |"
    assert len(alignment_table(found)) == 2 + 5
    assert deletion_table(found)[2:] == ["| copy | Jacobian | 25.0 % | 25.0 % | 25.0 % | 25.0 % | 40.0 % |"]
    assert where(found) == "commit abcdef1; 2 cores of a CPU; 1,000 episodes for answers, 50 for maps a run"


def test_variants_and_reward_by_hand(tmp_path):
    short = {"length": 3, "symbols": 4}
    found = results(tmp_path, run(0), run(0, decay=1.0), run(0, noise=0.2), run(0, **short), run(0, agent="recurrent-ppo", **short))
    assert [line.split(" | ")[2:4] for line in variants_table(found)[2:]] == [["0", "0"], ["0", "1"], ["0.2", "0"]]
    lines = reward_table(found)[2:]
    assert [line.split(" | ")[2] for line in lines] == ["reinforce", "recurrent-ppo"]
    assert lines[1].endswith("| 8.3 % | yes |")
    assert len(reward_table(results(tmp_path / "alone", run(0, agent="recurrent-ppo", **short)))) == 2  # nobody was told


def test_weight_decay_by_hand(tmp_path):
    def recall(seed: int, decay: float, right: float, delay: int = 5) -> dict:
        found = run(seed, right, agent="recurrent-ppo", decay=decay)
        found["alignment"] |= {"right_integrated_gradients": 1.0}
        return {**found, "task": "CopyRecall", "env_kwargs": {"delay": delay}}

    found = results(tmp_path, recall(1, 1.0, 0.75), recall(0, 1.0, 0.5), recall(0, 0.0, 0.25), recall(0, 0.0, 0.25, delay=4))
    assert decay_table(found)[2:] == [
        "| 0 | 0 | 1,000 | 99.50 +- 0.05 % | 25.0 % | 100.0 % | 25.0 % | 25.0 % | 25.0 % |",
        "| 1 | 0 | 1,000 | 99.50 +- 0.05 % | 50.0 % | 100.0 % | 50.0 % | 50.0 % | 50.0 % |",
        "| 1 | 1 | 1,000 | 99.50 +- 0.05 % | 75.0 % | 100.0 % | 75.0 % | 75.0 % | 75.0 % |",
    ]


def test_nothing_is_measured_yet(tmp_path):
    assert where(tmp_path) == "not measured yet"
    assert len(answers_table(tmp_path)) == len(alignment_table(tmp_path)) == len(deletion_table(tmp_path)) == 2
