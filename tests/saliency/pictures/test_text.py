import numpy as np
import pytest

from saccade.saliency.pictures.text import EDGE, LINE, fitting, paragraph, plain, short, text_strip, width_of


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.5, "0.5"), (1.2345, "1.23"), (-0.00123, "-0.00123"), (1234.5, "1234"), (3e-8, "3.0e-08"), (2e6, "2.0e+06")],
)
def test_numbers_in_three_digits(number, text):
    assert short(number) == text


def test_what_is_no_number():
    assert short(float("nan")) == short(float("inf")) == "not finite"


def test_letters_that_the_typeface_does_not_have():
    assert plain("Größe café") == "Gro?e cafe"
    assert plain("two\nlines\tand 図") == "two lines and ?"


def test_text_is_cut_where_it_does_not_fit():
    assert fitting("value", 500) == "value"
    cut = fitting("a long name of a head" * 3, 100)
    assert cut.endswith("...")
    assert width_of(cut) <= 100
    assert fitting("value", 1) == ""


def test_a_strip_has_dark_text_within_its_edges():
    strip = text_strip("probe 1", 120)
    assert strip.shape == (LINE, 120, 3)
    dark = np.argwhere(strip[..., 0] < 100)
    assert len(dark) > 20
    assert dark[:, 1].min() >= EDGE - 1
    assert text_strip("g" * 99, 60)[:, 58:].min() > 200  # nothing runs out of the strip


def test_a_paragraph_is_broken_between_words():
    words = "colour says how much the head changes"
    wide, narrow = paragraph(words, 1000), paragraph(words, 120)
    assert wide.shape[0] == LINE
    assert narrow.shape[0] >= 3 * LINE
    assert paragraph("", 50).shape == (LINE, 50, 3)
