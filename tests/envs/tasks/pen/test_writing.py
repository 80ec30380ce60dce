"""Writing: a letter by hand, order of dots, twins that differ by their dot alone, and what each step belongs to."""

import pytest
import torch as th

from saccade.envs.tasks.pen.curves import letter_curves
from saccade.envs.tasks.pen.hands import styles
from saccade.envs.tasks.pen.letters import DOTLESS_I
from saccade.envs.tasks.pen.words import as_numbers
from saccade.envs.tasks.pen.writing import order_of_lines, steps_at_least, steps_needed, write

CURVES = letter_curves()


def written(words, steps=120, strength=0.0, dots="after", points=5.0, hands=None, letters=8):
    numbers = as_numbers(words, letters)
    hands = th.arange(len(words)) if hands is None else hands
    generator = th.Generator().manual_seed(0)
    wobble, noise = (2 * th.rand(1, many, 2, generator=generator).expand(len(words), -1, -1) - 1 for many in (letters, steps))
    return write(numbers, styles(hands, strength), points, steps, dots, CURVES, wobble, noise)


def test_an_i_by_hand():
    drawn = written([DOTLESS_I, "i"], steps=20)
    # Body: 2.5 heights at 5 points make 12 points. Dot: a lift and 4 points.
    assert (drawn.letters >= 0).sum(1).tolist() == [12, 17]
    assert drawn.strokes[1].tolist() == [-1] * 3 + [0] * 12 + [1] * 5
    assert drawn.dots[1].tolist() == [False] * 15 + [True] * 5
    assert drawn.down[1].tolist() == [False] * 3 + [True] * 12 + [False] + [True] * 4
    assert drawn.ends[1].nonzero().flatten().tolist() == [14, 19]
    assert drawn.ends[0].nonzero().flatten().tolist() == [19]
    assert not drawn.dots[0].any()
    assert not drawn.moves[1, :3].any()
    path = drawn.moves[1].cumsum(0)
    assert path[14].tolist() == pytest.approx([7 / 9, 0.0], abs=1e-5)  # the body ends where the next letter begins
    assert path[15].tolist() == pytest.approx([3 / 9, 10 / 9 - 1 / 9], abs=1e-5)  # to the corner of the dot
    assert path[19].tolist() == pytest.approx(path[15].tolist(), abs=1e-5)  # and once around it


def test_lines_in_order():
    letters, lines = order_of_lines(2, "after")
    assert list(zip(letters.tolist(), lines.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3),
    ]  # fmt: skip
    letters, lines = order_of_lines(2, "at once")
    assert list(zip(letters.tolist(), lines.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["writing", "exit", "jump"])
def test_delayed_lines_come_after_the_word_or_at_once(word):
    after, at_once = (written([word], steps=220, dots=dots) for dots in ("after", "at once"))
    last = after.delayed[0].nonzero().flatten()
    many = sum(word.count(letter) for letter in "ijtx")
    assert last[-1] == 219
    assert (last.diff() == 1).all()  # nothing else between them
    owners = after.letters[0][last].unique_consecutive().tolist()
    assert owners == [k for k, letter in enumerate(word) if letter in "ijtx"]  # from left to right
    assert after.ends[0][last].sum() == many
    # At once: between the first and the last step of its letter there is no other letter.
    order = at_once.letters[0][at_once.letters[0] >= 0].unique_consecutive().tolist()
    assert order == list(range(len(word)))
    assert at_once.delayed.sum() == after.delayed.sum()
    assert at_once.dots[0].sum() == 5 * sum(word.count(letter) for letter in "ij")


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_a_twin_differs_by_its_dot_alone(strength):
    word, hands = "riding", th.tensor([5, 5])
    drawn = written([word, f"r{DOTLESS_I}ding"], steps=200, strength=strength, hands=hands)
    first_dot = drawn.dots[0].nonzero()[0]
    begin, other = (int((letters >= 0).nonzero()[0]) for letters in drawn.letters)
    assert other - begin == 5  # the twin begins later, by the steps of the dot
    body = int(first_dot) - begin
    for values in (drawn.moves, drawn.down, drawn.ends, drawn.letters, drawn.strokes):
        th.testing.assert_close(values[0, begin : begin + body], values[1, other : other + body], atol=2e-6, rtol=0)
    assert drawn.dots.sum(1).tolist() == [10, 5]


def test_a_word_begins_late_and_ends_at_the_last_step():
    drawn = written(["a", "abc", "minimum"], steps=230, strength=1.0)
    for n in range(3):
        there = (drawn.letters[n] >= 0).nonzero().flatten()
        assert there[-1] == 229
        assert (there.diff() == 1).all()
        assert drawn.ends[n, -1]
        assert (drawn.ends[n] <= drawn.down[n]).all()
        lifted = drawn.ends[n].nonzero().flatten()[:-1] + 1
        assert not drawn.down[n][lifted].any()  # the pen is up on the way to the next stroke
        assert drawn.down[n].sum() + len(lifted) == len(there)
        assert drawn.strokes[n].max() == len(lifted)


def test_a_long_word_is_written_faster():
    numbers = as_numbers(["mmmmmmmm", "in"], 8)
    need, least = steps_needed(numbers, 5.0, CURVES, "after"), steps_at_least(numbers, CURVES, "after")
    assert least[0] < 80 < need[0]
    drawn = written(["mmmmmmmm", "in"], steps=80, strength=1.0)
    assert (drawn.letters[0] >= 0).sum() <= 80
    assert drawn.letters[0].unique().tolist() == ([-1] if (drawn.letters[0] < 0).any() else []) + list(range(8))
    free = written(["in"], steps=200, strength=1.0, hands=th.tensor([1]))
    assert (free.letters >= 0).sum() == (drawn.letters[1] >= 0).sum()  # a word with room keeps its speed
    exact = written(["mmmmmmmm"], steps=int(least[0]))
    assert (exact.letters >= 0).all()


def test_steps_needed_are_the_steps_taken_at_a_middle_speed():
    words = ["writing", "a", "jazz", "exit"]
    need = steps_needed(as_numbers(words, 8), 6.0, CURVES, "after")
    drawn = written(words, steps=300, points=6.0)
    assert (drawn.letters >= 0).sum(1).tolist() == need.tolist()


def test_style_changes_what_it_says():
    straight = {name: values[:1] for name, values in styles(th.arange(1), 0.0).items()}

    def path(**changes):
        style = {**straight, **{name: th.tensor([value]) for name, value in changes.items()}}
        zeros = th.zeros(1, 8, 2), th.zeros(1, 90, 2)
        return write(as_numbers(["to"], 8), style, 5.0, 90, "after", CURVES, *zeros).moves.cumsum(1)[0]

    plain = path()
    # Moves are linear in the points, so a path scales and slants about the point where the pen begins.
    th.testing.assert_close(path(log_size=0.5), plain * th.tensor(0.5).exp(), atol=1e-5, rtol=0)
    th.testing.assert_close(path(slant=0.3)[:, 0], plain[:, 0] + 0.3 * plain[:, 1], atol=1e-5, rtol=0)
    th.testing.assert_close(path(log_aspect=0.2)[:, 0], plain[:, 0] * th.tensor(0.2).exp(), atol=1e-5, rtol=0)
    th.testing.assert_close(path(wander=0.1)[:, 0], plain[:, 0])
    assert 0.05 < (path(wander=0.1) - plain)[:, 1].abs().max() < 0.2
    assert 0 < (path(smoothness=1.0) - path(smoothness=0.0)).abs().max() < 0.3
    slow = write(as_numbers(["to"], 8), {**straight, "log_speed": th.tensor([0.5])}, 5.0, 90, "after", CURVES,
                 th.zeros(1, 8, 2), th.zeros(1, 90, 2))  # fmt: skip
    assert (slow.letters >= 0).sum() > 1.5 * (plain.diff(dim=0) != 0).any(1).sum()
