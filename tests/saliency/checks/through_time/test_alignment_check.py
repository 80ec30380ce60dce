import numpy as np
import pytest

from saccade.saliency.checks.through_time.alignment import alignment_check
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.errors import AlignmentError

READ = 4  # steps, and as many decisions after them
OBS = np.zeros((2 * READ, 1), np.float32)
INPUTS = np.arange(2 * READ) < READ


def episode(gold):
    return Episode(OBS, range(READ, 2 * READ), INPUTS, diagonal=np.arange(READ), alignment=np.array(gold))


def maps_of(alignment):
    """Strong at these steps, and stronger still at the decision itself, which may not be chosen."""
    strengths = np.full((READ, 2 * READ), 0.1)
    for row, step in enumerate(alignment):
        strengths[row, max(step, 0)] = 1
        strengths[row, READ + row] = 9
    return strengths


def test_a_reversal_by_hand():
    """Recency is right once in four, the diagonal never, and the map always."""
    gold = [3, 2, 1, 0]
    found = alignment_check([episode(gold)] * 6, {"jacobian": [maps_of(gold)] * 6, "occlusion": [maps_of([3, 2, 0, 0])] * 6})
    assert found.errors["jacobian"].tolist() == [0] * 6
    assert found.errors["occlusion"].tolist() == [0.25] * 6
    assert found.errors["recency"].tolist() == [0.75] * 6
    assert found.errors["diagonal"].tolist() == [1] * 6
    assert found.right["recency"].tolist() == [0.25] * 6
    assert found.lead("jacobian", "recency") == (0.75, 0.75, 0.75)
    assert found.verdict().splitlines() == [
        "action, jacobian: by alignment error rate it beats occlusion, recency, the diagonal and a random step.",
        "action, occlusion: by alignment error rate it beats recency, the diagonal and a random step, is worse than jacobian.",
    ]
    assert "| jacobian | 1.000 [1.000, 1.000] | 0.000 [0.000, 0.000] |" in found.table()
    assert found.figures()["lead_of_jacobian_over_diagonal"] == 1


def test_a_copy_is_the_diagonal_and_says_nothing_of_the_map():
    gold = [0, 1, 2, 3]
    found = alignment_check([episode(gold)] * 5, {"jacobian": [maps_of(gold)] * 5})
    assert "beats recency and a random step, cannot be told from the diagonal" in found.verdict()


def test_a_random_step_is_right_as_often_as_there_are_steps():
    """Four steps may be pointed at; without a mark of inputs as many as there are up to the decision: 5, 6, 7, 8."""
    gold = [3, 2, 1, 0]
    found = alignment_check([episode(gold)] * 5, {"jacobian": [maps_of(gold)] * 5})
    assert found.right["random"].tolist() == [0.25] * 5
    assert found.errors["random"].tolist() == [0.75] * 5
    anywhere = [Episode(OBS, range(READ, 2 * READ), alignment=np.array(gold))] * 5
    expected = (1 / 5 + 1 / 6 + 1 / 7 + 1 / 8) / 4
    assert alignment_check(anywhere, {"jacobian": [maps_of(gold)] * 5}).right["random"] == pytest.approx([expected] * 5)
    drawn = np.random.default_rng(0).integers(0, 4, size=(20_000, READ))
    assert (drawn == gold).mean() == pytest.approx(0.25, abs=0.01)


def test_decisions_that_rest_on_nothing_do_not_count():
    found = alignment_check([episode([3, 2, -1, -1])] * 5, {"jacobian": [maps_of([3, 2, 0, 0])] * 5})
    assert found.errors["jacobian"].tolist() == [0] * 5
    assert found.right["jacobian"].tolist() == [1] * 5


def test_alignments_and_maps_that_do_not_fit_are_refused():
    with pytest.raises(
        AlignmentError, match="the alignment has the length 3; it must have one input step for each of the 4 decisions"
    ):
        episode([0, 1, 2])
    with pytest.raises(AlignmentError, match=r"a map of jacobian has the shape \(4, 4\); it must be \(4, 8\), decisions by steps"):
        alignment_check([episode([0, 1, 2, 3])], {"jacobian": [np.zeros((4, 4))]})
    with pytest.raises(AlignmentError, match="episode 0 has no alignment"):
        alignment_check([Episode(OBS, [4])], {"jacobian": [np.zeros((1, 8))]})
    with pytest.raises(ValueError, match="at least one episode") as refused:
        alignment_check([], {"jacobian": []})
    assert not isinstance(refused.value, AlignmentError)
