"""Tables of map orders by hand."""

import json

from saccade.scripts.tables.saliency_maps.first_map import NOTHING, by_removal, commands, models_of, summary, whole


def row(method: str, leads: dict[str, list[float]], removal: str = "blur", measure: str = "deletion") -> dict:
    return {
        "head": "value",
        "method": method,
        "measure": measure,
        "removal": removal,
        "good": "high",
        "ratio": 1.5,
        "leads": leads,
        "over_random_weights": None,
        "seconds_a_state": 0.002 if removal == "blur" else 0.00314,
    }


def test_a_summary_by_hand(tmp_path):
    (tmp_path / "first-map").mkdir()
    assert summary(tmp_path) == whole(tmp_path) == NOTHING
    better, unknown, worse = [0.5, 0.1, 0.9], [0.5, -0.1, 0.9], [-0.5, -0.9, -0.1]
    rows = [
        row("gaussian", {"gaussian": unknown, "contrast": worse}),
        row("gaussian", {"gaussian": unknown, "contrast": worse}, "grey"),
        row("jacobian", {"gaussian": better, "contrast": worse}),
        row("jacobian", {"gaussian": unknown, "contrast": better}, "grey"),
        row("rise", {"gaussian": better, "contrast": better}),
        row("rise", {"gaussian": better, "contrast": better}, "grey"),
    ]
    model = {
        "env": "Pong",
        "seed": 1,
        "agent": "pqn",
        "env_steps": 1_500_160,
        "states": 9,
        "games": 9,
        "intervals_over": "games",
        "rows": rows,
    }
    about = {"commit": "0123456789", "hardware": {"cpu": "a processor"}}
    (tmp_path / "first-map" / "b.json").write_text(json.dumps({**about, "models": [model]}))
    (tmp_path / "first-map" / "a.json").write_text(json.dumps({**about, "models": [{**model, "env": "Enduro", "rows": rows[:4]}]}))
    assert [each["env"] for each in models_of(tmp_path)] == ["Enduro", "Pong"]
    head, _, *cells = summary(tmp_path)
    networks = "Enduro, seed 1, 1.5 M steps, value | Pong, seed 1, 1.5 M steps, value"
    assert head == f"| method | {networks} | all together | ms a map, one thread |"
    assert cells == ["| jacobian | 2 of 4 | 2 of 4 | 4 of 8 | 2 to 3.1 |", "| rise |  | **4 of 4** | 4 of 4 | 2 to 3.1 |"]
    assert commands(tmp_path) == "commit 0123456, a processor"
    assert sum(line.startswith("| jacobian") for line in whole(tmp_path)) == 2


def test_the_map_shown_first_by_way_of_removal(tmp_path):
    (tmp_path / "first-map").mkdir()
    assert by_removal(tmp_path) == NOTHING
    better, unknown = [0.5, 0.1, 0.9], [0.5, -0.1, 0.9]
    rows = [
        row("jacobian_x_contrast", {"gaussian": better, "contrast": unknown}, "other_state"),
        row("jacobian_x_contrast", {"gaussian": better, "contrast": better}, "other_state", "insertion"),
        row("jacobian_x_contrast", {"gaussian": unknown, "contrast": unknown}),
        row("jacobian", {"gaussian": better, "contrast": better}),
    ]
    model = {"env": "Pong", "seed": 1, "env_steps": 2_000_896, "rows": rows}
    (tmp_path / "first-map" / "pong.json").write_text(json.dumps({"models": [model]}))
    assert by_removal(tmp_path) == [
        "| network | head | deletion, blur | deletion, other state | insertion, other state |",
        "| --- | --- | --- | --- | --- |",
        "| Pong, seed 1, 2.0 M steps | value | 0 of 2 | 1 of 2 | **2 of 2** |",
    ]
