"""Tables of checks of maps by hand, from small reports."""

import json

import pytest

from saccade.saliency.checks.causal.regions import CONTROLS, SHORT, TITLES
from saccade.scripts.tables.saliency_maps import blank_squares, checks

BETTER = {"estimate": 0.5, "low": 0.1, "high": 0.9, "says": "beats"}
UNKNOWN = {"estimate": 0.5, "low": -0.1, "high": 0.9, "says": "cannot tell"}
IS_WORSE = {"estimate": -0.5, "low": -0.9, "high": -0.1, "says": "is worse"}
UNDEFINED = {"estimate": None, "low": None, "high": None, "says": None}
ABOUT = {"env": "Pong", "seed": 1, "env_steps": 2_000_896, "commit": "0123456789", "hardware": {"cpu": "a processor"}}


def row(head: str, method: str, contrast: dict, passes: bool = False) -> dict:
    figures = {"ratio": 1.5, "lead_over": {"gaussian": BETTER, "contrast": contrast}, "lead_over_random_weights": UNKNOWN}
    return {
        "head": head,
        "method": method,
        "verdict": "a verdict",
        "passes": passes,
        "states": 9,
        "games": 8,
        "intervals_over": "games",
        "deletion": {"blur": figures},
        "insertion": {"blur": {"ratio": None, "lead_over": {"gaussian": UNDEFINED, "contrast": contrast}}},
        "random_all": 0.25,
        "random_all_std": 0.0625,
    }


def square(better: float, distinct: float = 8.0) -> dict:
    """Figures of a check in which every control is beaten by actions, and only the middle by reward."""
    found: dict[str, float | None] = {"steps": 150.0}
    for region in TITLES:
        found |= {f"return_{region}": 3.0, f"return_{region}_se": 0.5, f"distinct_{region}": distinct}
        if region != "nothing":
            found |= {f"changed_{region}": 0.25, f"changed_{region}_se": None}
    for control in ("nothing", *CONTROLS):
        low = -2.0 if control == "centre" else -4.0
        found |= {f"return_top_minus_{control}{end}": x for end, x in (("", -1.0), ("_low", low), ("_high", low + 1.5))}
        if control != "nothing":
            found |= {
                f"changed_top_minus_{control}{end}": x for end, x in (("", better), ("_low", better / 2), ("_high", better + 0.375))
            }
    for end, x in (("_low", -1.0), ("_high", 1.0)):
        found[f"return_top_minus_contrast{end}"] = x
    return found


def write(results, **changed) -> None:
    folder = results / checks.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        row("value", "jacobian", IS_WORSE),
        row("value", "smooth", BETTER, passes=True),
        row("value", "jacobian, shuffled", IS_WORSE),
        row("value, random weights", "jacobian", BETTER, passes=True),
    ]
    told = {**ABOUT, "report": {"trust": rows}, "causal_check": {"value": square(0.125)}, **changed}
    (folder / "pong-0.json").write_text(json.dumps(told))


def test_without_a_report_nothing_is_claimed(tmp_path):
    for table in (*checks.TABLES.values(), *blank_squares.TABLES.values()):
        assert table(tmp_path) == checks.NOTHING
    for value in (*checks.VALUES.values(), *blank_squares.VALUES.values()):
        assert value(tmp_path) == "not measured yet"


def test_verdicts_of_true_maps_by_hand(tmp_path):
    write(tmp_path)
    # Insertion has no figure for the Gaussian, so three comparisons are defined.
    network = "| Pong, seed 1, 2.0 M steps | `value` |"
    network = "| Pong, seed 1, 2.0 M steps | `value` |"
    assert checks.verdicts(tmp_path)[2:] == [
        f"{network} jacobian | 1 of 3 | contrast (2) | no | a verdict |",
        f"{network} smooth | 3 of 3 | - | yes | a verdict |",
    ]
    assert checks.passing("")(tmp_path) == "1 of 2"
    assert checks.states(tmp_path) == "9 states of 8 games, with intervals over games"
    assert checks.where(tmp_path) == "commit 0123456, a processor"


def test_controls_stand_in_a_table_of_their_own(tmp_path):
    write(tmp_path)
    shuffled, random = checks.controls(tmp_path)[2:]
    assert "| `value` | jacobian | shuffled | 1 of 3 |" in shuffled
    assert shuffled.endswith("| 0.25 +- 0.06 | no |")
    assert "| `value` | jacobian | random weights | 3 of 3 | - |" in random
    assert random.endswith("| **yes** |")
    assert [checks.passing(which)(tmp_path) for which in ("shuffled", "random weights")] == ["0 of 1", "1 of 1"]


def test_leads_have_their_intervals(tmp_path):
    write(tmp_path)
    head, _, deletion, insertion, *_ = checks.leads(tmp_path)
    assert head.endswith("| ratio to random pixels | lead over gaussian | lead over contrast | lead over random weights |")
    cells = "**+0.50** [+0.10, +0.90] | -0.50 [-0.90, -0.10] | +0.50 [-0.10, +0.90] |"
    assert deletion.endswith(f"| deletion (above 1 is good) | blur | 1.50 | {cells}")
    assert insertion.endswith("| insertion (below 1 is good) | blur |  |  | -0.50 [-0.90, -0.10] |  |")


def test_blank_squares_stand_beside_all_controls(tmp_path):
    write(tmp_path)
    lines = blank_squares.squares(tmp_path)[2:]
    assert len(lines) == 2 + len(CONTROLS)
    nothing, top, *_ = lines
    assert nothing.endswith("| nothing |  |  | 3.0 +- 0.5 | **-1.0** [-4.0, -2.5] | 8 |")
    assert top.endswith("| the most salient square | 25.0 % |  | 3.0 +- 0.5 |  | 8 |")
    centre, contrast = (next(line for line in lines if TITLES[name] in line) for name in ("centre", "contrast"))
    assert centre.endswith("| 25.0 % | **12.5 %** [6.2 %, 50.0 %] | 3.0 +- 0.5 | **-1.0** [-2.0, -0.5] | 8 |")
    assert contrast.endswith("| 3.0 +- 0.5 | -1.0 [-1.0, 1.0] | 8 |")
    assert blank_squares.steps(tmp_path) == "150"


@pytest.mark.parametrize(
    ("better", "distinct", "told"),
    [
        (0.125, 8.0, "| 8 | all controls | none | {but_contrast} | none |"),
        (0.0, 8.0, "| 8 | none | none | {but_contrast} | none |"),
        (-2.0, 8.0, "| 8 | none | all controls | {but_contrast} | none |"),
        (0.125, 7.0, "| 7 | cannot be compared, 8 distinct games are needed |  |  |  |"),
    ],
)
def test_which_controls_are_beaten(tmp_path, better, distinct, told):
    write(tmp_path, causal_check={"value": square(better, distinct)})
    (line,) = blank_squares.verdicts(tmp_path)[2:]
    assert line.endswith(told.format(but_contrast=", ".join(name for key, name in SHORT.items() if key != "contrast")))
