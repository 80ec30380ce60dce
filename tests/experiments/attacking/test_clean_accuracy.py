"""The clean accuracy of rivals beside that of the first network, by hand."""

from saccade.experiments.attacking.clean_accuracy import clean_differences


def row(victim: str, accuracy: float, attack: str = "clean") -> dict:
    return {"victim": victim, "attack": attack, "accuracy": accuracy}


def test_at_most_one_point_is_matched():
    rows = [row("agent", 0.95), row("agent", 0.1, "worst"), row("near", 0.96), row("worse", 0.94), row("far", 0.961)]
    assert clean_differences(rows) == [
        {"victim": "near", "accuracy": 0.96, "difference": 0.01, "matched": True},
        {"victim": "worse", "accuracy": 0.94, "difference": -0.01, "matched": True},
        {"victim": "far", "accuracy": 0.961, "difference": 0.011, "matched": False},
    ]


def test_without_rivals_or_rows_there_is_nothing_to_compare():
    assert clean_differences([row("agent", 0.95), row("rival", 0.1, "worst")]) == []
    assert clean_differences([]) == []
