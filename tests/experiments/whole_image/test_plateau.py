"""When a training has converged, by hand."""

import pytest

from saccade.experiments.whole_image.plateau import Plateau


@pytest.mark.parametrize(
    ("errors", "verdicts"),
    [
        ([5, 4, 3, 2], ["better"] * 4),
        ([5, 5, 5, 5, 4, 6, 6, 6], ["better", "wait", "wait", "fall", "better", "wait", "wait", "stop"]),
        ([5, 6, 6, 6, 6, 6, 6], ["better", "wait", "wait", "fall", "wait", "wait", "stop"]),
    ],
)
def test_a_rate_falls_once_and_then_the_training_stops(errors, verdicts):
    plateau = Plateau(patience=3, falls=1)
    assert [plateau.see(float(error)) for error in errors] == verdicts
    assert plateau.converged == (verdicts[-1] == "stop")


def test_without_falls_the_first_plateau_is_the_end():
    plateau = Plateau(patience=1, falls=0)
    assert [plateau.see(error) for error in (2.0, 1.0, 1.0)] == ["better", "better", "stop"]


def test_a_plateau_goes_on_where_it_was():
    whole, first, second = Plateau(), Plateau(), Plateau()
    errors = [3.0, 2.0, 2.5, 2.5, 2.5, 1.9, 2.0, 2.0, 2.0]
    said = [whole.see(error) for error in errors]
    before = [first.see(error) for error in errors[:4]]
    second.load_state_dict(first.state_dict())
    assert before + [second.see(error) for error in errors[4:]] == said
    assert second.state_dict() == whole.state_dict()
