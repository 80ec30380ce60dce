"""Pictures of what one decision of Reorder rests on."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.reorder.alignment_picture import BETWEEN, LEFT, SIDE, SPACE, TOP, draw_arcs
from saccade.envs.tasks.reorder.reorder import Reorder
from saccade.envs.tasks.reorder.word_cells import BACKGROUND, EMPTY, FRAME
from saccade.envs.tasks.strength_colours import STRONG

READ, SAID = np.array([3, 1, 0]), np.array([0, 1, 3])


def inside(picture: np.ndarray, row: int, place: int) -> tuple[int, ...]:
    """A pixel of a cell near its upper left corner, inside its frame."""
    return tuple(picture[TOP + row * (SIDE + BETWEEN) + 4, LEFT + place * (SIDE + SPACE) + 4].tolist())


def middle(place: int) -> int:
    return LEFT + place * (SIDE + SPACE) + SIDE // 2


def red(picture: np.ndarray) -> np.ndarray:
    return (picture == STRONG).all(-1)


def test_symbols_after_the_decision_are_not_shown_and_it_has_a_frame():
    picture = draw_arcs(READ, SAID, None, 4)
    assert inside(picture, 0, 2) != EMPTY
    assert inside(picture, 1, 0) == inside(picture, 0, 2)  # the same symbol
    assert inside(picture, 1, 2) == EMPTY
    assert tuple(picture[TOP + SIDE + BETWEEN, middle(1)].tolist()) == FRAME
    early = draw_arcs(READ, SAID, None, 1)
    assert inside(early, 0, 2) == inside(early, 1, 0) == EMPTY
    assert not red(picture).any()


@pytest.mark.parametrize("source", [0, 1, 2])
def test_a_strong_step_has_a_red_arc_to_the_decision(source):
    strengths = np.zeros(6)
    strengths[source] = 1.0
    picture = draw_arcs(READ, SAID, strengths, 4)
    between = red(picture)[TOP + SIDE + 2 : TOP + SIDE + BETWEEN - 2]
    assert between.any(1).all()  # from row to row
    assert abs(np.flatnonzero(between[0]).mean() - middle(source)) < 3
    assert abs(np.flatnonzero(between[-1]).mean() - middle(1)) < 3
    assert not red(picture)[:TOP].any()


def test_a_stronger_arc_is_thicker_and_a_faint_one_is_left_out():
    widths = []
    for strength in (0.0, 0.01, 0.3, 1.0):
        strengths = np.array([0, strength, 0, 0, 0, 0])
        picture = draw_arcs(READ, SAID, strengths, 4)  # straight down from the cell above
        widths.append(int((picture[TOP + SIDE + BETWEEN // 2] != BACKGROUND).any(-1).sum()))
    assert widths[0] == widths[1] == 0 < widths[2] < widths[3]


def test_arcs_within_a_row_run_outside_and_the_own_step_has_a_bar():
    above = draw_arcs(READ, SAID, np.array([1.0, 0, 0, 0, 0, 0]), 2)
    assert red(above)[:TOP].any()
    assert not red(above)[TOP + SIDE :].any()
    below = draw_arcs(READ, SAID, np.array([0, 0, 0, 1.0, 0, 0]), 5)
    bottom = TOP + 2 * SIDE + BETWEEN
    assert red(below)[bottom:].any()
    assert not red(below)[: TOP + SIDE + BETWEEN].any()
    own = draw_arcs(READ, SAID, np.array([0, 0, 0, 0, 1.0, 0]), 4)
    assert red(own)[bottom:, middle(1)].any()
    assert not red(own)[:, middle(0)].any()


def played(order: str, seed: int) -> tuple[Reorder, np.ndarray, list[int]]:
    """A game, the observations of an episode, and its right answers."""
    env = gym.make("saccade/Reorder-v0", order=order, length=7, symbols=12).unwrapped
    seen, info = env.reset(seed=seed)
    rows, answers = [seen], [info["answer"]]
    for _ in range(13):
        seen, _, _, _, info = env.step(0)
        rows.append(seen)
        answers.append(info["answer"])
    return env.game, np.stack(rows), answers


@pytest.mark.parametrize("order", ["copy", "reversal", "permutation", "grammar"])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_right_follows_from_what_was_read(order, seed, monkeypatch):
    drawn = []
    monkeypatch.setattr("saccade.envs.tasks.reorder.reorder.draw_arcs", lambda *found: drawn.append(found))
    game, seen, answers = played(order, seed)
    game.begin(th.rand(2, game.draws), th.zeros(2), th.zeros(2))  # the drawing is of the observations, whatever is played now
    game.drawn(seen, np.arange(14) / 14, 9)
    game.drawn(seen[:8])
    (read, said, strengths, decision), (first, _, none, last) = drawn
    assert said.tolist() == answers[7:]
    assert sorted(read[read >= 0].tolist()) == sorted(said[said >= 0].tolist())
    assert strengths.tolist() == (np.arange(14) / 14).tolist()
    assert (decision, last) == (9, 7)
    assert first.tolist() == read.tolist()
    assert not none.any()


def test_words_that_are_no_sentence_have_no_translation(monkeypatch):
    drawn = []
    monkeypatch.setattr("saccade.envs.tasks.reorder.reorder.draw_arcs", lambda *found: drawn.append(found))
    game, seen, _ = played("grammar", 0)
    seen[:7, :12] = np.eye(12)[11]  # verbs only
    game.drawn(seen)
    assert drawn[0][1].tolist() == [-1] * 7
    game.drawn(seen[:3])  # a sentence that has only begun
    assert drawn[1][0].tolist() == [11, 11, 11, -1, -1, -1, -1]
    assert drawn[1][3] == 2
