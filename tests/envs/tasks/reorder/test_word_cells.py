"""Pictures of Reorder's states."""

import gymnasium as gym
import numpy as np

from saccade.envs.tasks.reorder.word_cells import CELL, EMPTY, FRAME, GAP, WRONG, draw_cells, name_of


def corner(picture: np.ndarray, row: int, place: int, inside: int = 0) -> tuple[int, ...]:
    """A pixel of a cell near its upper left corner."""
    return tuple(picture[GAP + row * (CELL + GAP) + inside, GAP + place * (CELL + GAP) + inside].tolist())


READ, RIGHT = np.array([3, -1, 1]), np.array([1, 3, -1])


def test_only_what_was_read_is_shown_and_the_present_has_a_frame():
    picture = draw_cells(READ, np.full(3, -1), RIGHT, 0)
    assert picture.shape == (2 * CELL + 3 * GAP, 3 * (CELL + GAP) + GAP, 3)
    assert corner(picture, 0, 0) == FRAME
    assert corner(picture, 0, 0, 4) != EMPTY
    assert corner(picture, 0, 2, 4) == EMPTY  # the future
    later = draw_cells(READ, np.full(3, -1), RIGHT, 2)
    assert corner(later, 0, 1, 4) == EMPTY  # silence
    assert corner(later, 0, 2, 4) != EMPTY
    assert corner(later, 0, 0) == corner(later, 0, 0, 4)  # no frame any more


def test_wrong_words_have_a_red_frame():
    picture = draw_cells(READ, np.array([1, 0, -1]), RIGHT, 5)
    assert corner(picture, 1, 0) == corner(picture, 1, 0, 4) != EMPTY
    assert corner(picture, 1, 1) == WRONG
    assert corner(picture, 1, 2) == FRAME  # to be said now
    assert corner(picture, 1, 2, 4) == EMPTY


def test_a_symbol_has_the_same_colour_wherever_it_stands_and_others_differ():
    picture = draw_cells(np.arange(12), np.arange(12)[::-1].copy(), np.arange(12)[::-1].copy(), 24)
    read = [corner(picture, 0, place, 4) for place in range(12)]
    assert read == [corner(picture, 1, 11 - place, 4) for place in range(12)]
    assert len(set(read)) == 12


def test_names():
    assert [name_of(symbol) for symbol in (0, 25, 26)] == ["A", "Z", "26"]


def test_one_and_many_draw_the_same():
    one = gym.make("saccade/Reorder-v0", render_mode="rgb_array")
    many = gym.make_vec("saccade/Reorder-v0", num_envs=2, render_mode="rgb_array")
    one.reset(seed=4)
    many.reset(seed=4)
    for _ in range(11):
        assert (one.render() == many.render()[0]).all()
        assert (many.render()[0] != many.render()[1]).any()
        one.step(1)
        many.step(np.ones(2, dtype=np.int64))
