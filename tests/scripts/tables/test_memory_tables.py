"""Tables of networks that read a pen, from a small file."""

import json

from saccade.scripts.tables.memory_tasks.pen import (
    DELETED,
    LETTERS,
    METHODS,
    NOTHING,
    PARTS_OF_PEAKS,
    PICTURED,
    TABLES,
    WAYS,
    WHERE,
    commands,
    endings,
    flips,
    lead_in_words,
    leads,
    letters,
    naming,
    peaks,
    strokes,
    tried,
    validation,
)

PEAKS = ("on_this_dot", "lead_over_recency", *PARTS_OF_PEAKS)


def figure(mean, low=None, high=None) -> dict:
    return {"mean": mean, "low": low, "high": high, "standard_error": None, "count": 4, "words": 2}


def measured(seed: int, decay: float = 0.0) -> dict:
    dots = {
        "delay_steps": {"least": 2.0, "median": 50.0, "most": 120.0},
        "right_both": figure(0.5),
        "peaks": {name: dict.fromkeys(PEAKS, figure(i / 10)) for i, name in enumerate(METHODS)},
        "flips": {way: {"this_dot": figure(0.96, 0.9, 1.0)} for way in WAYS},
    }
    dots["flips"]["lifted"] |= {"another_delayed_stroke": figure(None), "a_stretch_of_that_size": figure(0.01)}
    lead = {"flips_lead_over_recency": 0.8, "flips_lead_over_recency_low": 0.7, "flips_lead_over_recency_high": 0.9}
    dots["strokes"] = {"jacobian": {"flips_map": 0.9, "flips_recency": 0.1, **lead}}
    parts = {name: figure(i / 10) for i, name in enumerate(WHERE, 1)}
    says = {"says_g": figure(0.25)}
    words = ("with_ending", "without_ending")
    maps = ("jacobian", "integrated_gradients", "occlusion")
    return {
        "run": f"pen-seed-{seed}",
        "seed": seed,
        "weight_decay": decay,
        "env_kwargs": {"dots": "after", "split": "train"},
        "env_steps": 8_000_000,
        "commit": "0123456789",
        "torch": "2.0",
        "hardware": {"cpu": "a processor"},
        "letters": {kind: figure(0.981, 0.975, 0.9871) for kind in LETTERS},
        "letters_at_once": {kind: figure(0.5) for kind in LETTERS},
        "dots": dots,
        "dots_at_once": {**dots, "delay_steps": {"least": 1.0, "median": 1.0, "most": 2.0}},
        "endings": {
            "evidence": {word: {"steps": parts, **{method: dict.fromkeys("ing", parts) for method in maps}} for word in words},
            "naming": {word: dict.fromkeys(("nothing", "two_letters_before", "g"), says) for word in words},
        },
    }


def test_without_a_run(tmp_path):
    assert all(table(tmp_path) == NOTHING for table in TABLES.values())
    assert commands(tmp_path) == "not measured yet"


def test_tables_by_hand(tmp_path):
    (tmp_path / "memory").mkdir()
    for seed, decay in ((1, 0.0), (0, 0.5)):
        (tmp_path / "memory" / f"pen-seed-{seed}.json").write_text(json.dumps(measured(seed, decay)))
    head, _, first, second, *_ = letters(tmp_path)
    assert head.split(" | ")[1:3] == ["asked with", LETTERS["letters"]]
    assert first.startswith("| seed 0, weight decay 0.5 | dots after the word | 98.1 % [97.5, 98.7] |")
    assert second.startswith("| seed 0, weight decay 0.5 | dots at once | 50.0 % |")
    lines = peaks(tmp_path)[2:]
    assert lines[0].split(" | ")[2:5] == ["0.0 %", "10.0 %", "20.0 %"]
    assert [line.split(" | ")[-1] for line in lines] == ["50, 120 |", "1, 2 |"] * 2
    assert (
        leads(tmp_path)[3]
        == "| seed 0, weight decay 0.5 | integrated gradients | +10.0 % | " + " | ".join(["10.0 % of 4"] * 3) + " |"
    )
    assert len(leads(tmp_path)) == 2 + 2 * 4  # the last step has no lead over itself
    rows = flips(tmp_path)[2:]
    assert rows[0] == f"| this dot | {WAYS['written_without']} | 96.0 % [90.0, 100.0] | 96.0 % [90.0, 100.0] |"
    assert f"| {DELETED['another_delayed_stroke']} | {WAYS['lifted']} | none | none |" in rows
    assert len(rows) == 5  # what was not deleted in a way has no row
    assert (
        strokes(tmp_path)[2]
        == "| seed 0, weight decay 0.5 | Jacobian | 90.0 % | none | 10.0 % | none | none | +80.0 % [+70.0, +90.0] |"
    )
    assert endings(tmp_path)[2] == "| Jacobian | seed 0, weight decay 0.5 | -ing | 10.0 % | 20.0 % | 30.0 % | 40.0 % |"
    assert len(endings(tmp_path)) == 2 + 3 * 2 * 2 + 2
    assert naming(tmp_path)[2] == "| seed 0, weight decay 0.5 | -ing | 25.0 % | 25.0 % | 25.0 % |"
    assert commands(tmp_path).startswith("pen-seed-0: 8,000,000 steps, measured at commit 0123456; pen-seed-1: ")


def test_what_was_tried(tmp_path):
    (tmp_path / "memory").mkdir()
    lines = ["tried,updates,passes,validation_letters_right", '"this, that",10,3,0.346', ""]
    (tmp_path / "memory" / "pen-tried.csv").write_text("\n".join(lines))
    assert tried(tmp_path)[2:] == ["| this, that | 10 | 3 | 35 % |"]


def test_a_run_is_named_by_what_is_not_as_usual(tmp_path):
    (tmp_path / "memory").mkdir()
    run = {**measured(3), "env_kwargs": {"split": "train", "points": 8, "invented": 0.8}}
    (tmp_path / "memory" / "pen-long-seed-3.json").write_text(json.dumps(run))
    assert letters(tmp_path)[2].startswith("| seed 3, points 8, invented 0.8 |")


def test_validation_while_a_run_learned(tmp_path):
    (tmp_path / "memory").mkdir()
    scores = {"step_0004030464": 0.25, "step_0008060928": 0.9912}
    (tmp_path / "memory" / "validation-pen-more.json").write_text(json.dumps(scores))
    assert validation(tmp_path)[2:] == ["| pen-more | 4 M: 25.0 %, 8 M: 99.1 % |"]


def test_leads_that_are_sure_are_counted(tmp_path):
    assert lead_in_words(tmp_path) == "not measured yet"
    (tmp_path / "memory").mkdir()
    run = {**measured(0), "run": PICTURED}
    for name, low in (("occlusion", 0.1), ("jacobian", -0.1), ("integrated_gradients", 0.0)):
        run["dots"]["peaks"][name] = {"lead_over_recency": figure(0.2, low, 0.3)}
    (tmp_path / "memory" / "pen-one.json").write_text(json.dumps(run))
    ends = {"occlusion": "+10.0", "the Jacobian": "-10.0", "integrated gradients": "+0.0"}
    told = ", ".join(f"+20.0 % [{low}, +30.0] for {title}" for title, low in ends.items())
    assert lead_in_words(tmp_path) == f"{told}; 1 of these intervals is above 0"
