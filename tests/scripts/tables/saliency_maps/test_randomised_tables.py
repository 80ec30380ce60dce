"""Tables of the randomisation check by hand."""

import json
from pathlib import Path

from saccade.scripts.tables.saliency_maps.randomised import (
    NOTHING,
    first_says,
    heads_beside,
    in_short,
    picture_heads,
    where,
    whole,
)


def row(head: str, method: str, draws: list[float | None], last: float) -> dict:
    mean = None if None in draws else sum(draws) / len(draws)
    ends = {"random_all_interval": [mean, 0.5, 0.8], "random_head_interval": [last, None, None]}
    return {"head": head, "method": method, "states": 16, "games": 16, "random_all": draws, "random_head": [last, last], **ends}


def write(results: Path) -> None:
    (results / "first-map").mkdir()
    about = {"seed": 1, "env_steps": 2_000_896, "games": 16, "rows": []}
    pair = {"method": "jacobian_x_contrast", "states": 64, "rank_correlation": [0.8, 0.7, 0.9], "top_tenth_iou": [0.3, None, None]}
    pair |= {"rank_correlation_random": [0.85, 0.88], "top_tenth_iou_random": [None, 0.4]}
    rows = [
        row("value", "jacobian", [0.5, 0.7], 0.6),
        row("advantage", "jacobian", [0.7, 0.72], 0.6),
        row("value", "jacobian_x_contrast", [0.78, 0.8], 0.9),
        row("advantage", "jacobian_x_contrast", [None, 0.8], 0.88),
    ]
    models = [
        {"env": "Pong", **about},  # a file from before the check
        {"env": "Enduro", **about, "randomised": rows, "heads_alike": [pair, {**pair, "method": "jacobian"}]},
    ]
    (results / "first-map" / "a.json").write_text(json.dumps({"models": models}))


def test_without_figures_nothing_is_said(tmp_path):
    assert in_short(tmp_path) == whole(tmp_path) == heads_beside(tmp_path) == NOTHING
    assert {first_says(tmp_path), where(tmp_path), picture_heads(tmp_path)} == {"not measured yet"}


def test_what_passes_is_bold_and_what_is_not_known_does_not_pass(tmp_path):
    write(tmp_path)
    assert in_short(tmp_path) == [
        "| method | Enduro, seed 1, 2.0 M steps, value | Enduro, seed 1, 2.0 M steps, advantage |",
        "| --- | --- | --- |",
        "| jacobian | **0.60 / 0.60, passes** | 0.71 / 0.60, borderline |",
        "| jacobian_x_contrast | 0.79 / 0.90, fails | ? / 0.88, cannot be checked |",
    ]
    assert where(tmp_path) == "16 states of 16 games, 2 draws of random weights"
    assert first_says(tmp_path) == (
        "it passes for 0, is borderline for 0 and fails for 1 of 2 heads of 1 networks (rank correlation 0.79 to 0.79, "
        "limit 0.707; with the last layer alone random 0.88 to 0.90)"
    )


def test_all_figures_are_sorted_by_head(tmp_path):
    write(tmp_path)
    _, _, first, second, *_ = whole(tmp_path)
    figures = "0.60 [0.50, 0.80] | 0.500, 0.700 | 0.60 | 0.600, 0.600"
    assert first == f"| Enduro, seed 1, 2.0 M steps | value | jacobian | {figures} | passes |"
    assert second.startswith("| Enduro, seed 1, 2.0 M steps | value | jacobian_x_contrast | 0.79 [0.50, 0.80] | 0.780, 0.800 |")
    assert whole(tmp_path)[-1].endswith("| jacobian_x_contrast |  | ?, 0.800 | 0.88 | 0.880, 0.880 | cannot be checked |")


def test_v_beside_a(tmp_path):
    write(tmp_path)
    assert heads_beside(tmp_path)[2:] == [
        "| Enduro, seed 1, 2.0 M steps | 0.80 [0.70, 0.90] | 0.85 to 0.88 | 0.30 | 0.40 to 0.40 |"
    ]
    assert picture_heads(tmp_path) == (
        "rank correlation 0.80 [0.70, 0.90], IoU of the strongest tenths 0.30, over 64 states of 16 games; "
        "with random weights 0.85 to 0.88 and 0.40 to 0.40"
    )
