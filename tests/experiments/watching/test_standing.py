import pytest

from saccade.experiments.watching.standing import QUIET, Standing, State


@pytest.mark.parametrize(
    ("standing", "state", "text"),
    [
        (Standing(False), State.WAITING, "waiting"),
        (Standing(True, 0, 100, changed=1000.0), State.RUNNING, "running, 0 of 100 env steps, last change 0 min 30 s ago"),
        (
            Standing(True, 12_000, 100_000, 3.25, 10_000, 1000.0),
            State.RUNNING,
            "running, 12,000 of 100,000 env steps, score 3.25 at 10,000, last change 0 min 30 s ago",
        ),
        (Standing(True, 5, None, changed=1029.0 - QUIET), State.QUIET, "no news, 5 env steps, last change 5 min 01 s ago"),
        (Standing(True, 5, 5, changed=0.0, done=True), State.DONE, "done, 5 of 5 env steps"),
        (
            Standing(True, 5, 9, changed=1000.0, known=State.FAILED),
            State.FAILED,
            "failed, 5 of 9 env steps, last change 0 min 30 s ago",
        ),
        (Standing(False, known=State.FAILED), State.FAILED, "failed"),
        (Standing(True, 9, 9, changed=0.0, done=True, known=State.STOPPED), State.DONE, "done, 9 of 9 env steps"),
        (Standing(True, 5, 9, changed=2000.0), State.RUNNING, "running, 5 of 9 env steps, last change 0 min 00 s ago"),
    ],
)
def test_states_and_lines(standing, state, text):
    assert standing.state(1030.0) is state
    assert standing.text(1030.0) == text
