"""The tables of single digits on a canvas, from results of finished items."""

import pytest

from saccade.scripts.tables.glimpse_claims.digit_rows import EqualSeedsError, table_lines

FIGURES = {"error_percent": 1.234, "standard_error": 0.056, "digits": 10_000, "episodes": 50_000}


def result(row="cluttered-60", variant="learned", seed=0, error=1.234, **more) -> dict:
    figures = {**FIGURES, "error_percent": error}
    rates = {"learning_rate": 1e-3, "validation_of_rates": [{}, {}, {}]} if variant == "cnn" else {}
    others = {gaze: {**figures, "error_percent": 9.0} for gaze in ("random", "centre")} if variant == "learned" else {}
    content = {"row": row, "variant": variant, "seed": seed, "share_of_full_length": 1.0, "images": 4_200_000, "seconds": 3600.0}
    content |= {"multiply_adds": 16_300_000, "commit": "0123456789", "validation": figures, "test": figures, "short": False}
    return {**content, "validation_under_other_gazes": others, **rates, **more}


def test_the_tables():
    learned = [result(seed=1, error=2.0), result(), result(seed=2, error=3.0)]
    short = [result(variant=gaze, error=error, short=True, images=400_000) for gaze, error in (("learned", 4.0), ("random", 11.0))]
    done = [*learned, *short, result(variant="cnn", error=0.9, converged=True)]
    text = "\n".join(table_lines({str(i): one for i, one in enumerate(done)}))
    # 1.234, 2 and 3: mean 2.078, deviations -0.844, -0.078 and 0.922, so sqrt(1.5685 / 2) = 0.886
    errors = "1.23 +- 0.06, 2.00 +- 0.06, 3.00 +- 0.06"
    assert (
        f"cluttered, two convolutions | 2.13 (best seen) | 1.3: missed | {errors} | 2.08, 0.89 (3 seeds) | 0.90 +- 0.06 |" in text
    )
    assert "| 60x60 cluttered, two convolutions | 0.40 M | 4.00 +- 0.06 | 11.00 +- 0.06 | not run |" in text
    assert f"| 60x60 cluttered, two convolutions | {errors} | 9.00 +- 0.06, 9.00 +- 0.06, 9.00 +- 0.06 | 9.00" in text
    assert "| 100x100 cluttered | 8.11 (RAM), 5.9 (best seen) | 1.7 | not run | 0 seeds | not run |" in text
    assert (
        "| 60x60 cluttered, fully connected | 4.04 (RAM) | 4.0 | not run | 0 seeds | as for 60x60 cluttered, two convolutions |"
        in text
    )
    figures = "4.20 M over 3 rates | 16.3 M | 0.90 +- 0.06 | 0.90 +- 0.06 | 1.0 | 0123456"
    cnn = f"| cluttered-60, cnn, learning rate 0.001 of 3 | 0 | {figures} |"
    assert cnn in text
    assert "of the full length" not in text
    assert "(0.5 of the full length)" in "\n".join(table_lines({"a": result(share_of_full_length=0.5)}))
    assert "0.90 +- 0.06 (not converged) |" in "\n".join(table_lines({"a": result(variant="cnn", error=0.9, converged=False)}))


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ((1.2, 1.1), "1.3: reached"),  # 0.15 below is more than twice 0.05
        ((1.25,), "1.3: reached, by less than 2 standard errors"),
        ((1.3, 1.38), "1.3: missed, by less than 2 standard errors"),
        ((1.5,), "1.3: missed"),
    ],
)
def test_a_mark_is_reached_or_missed(errors, said):
    tests = {
        f"{seed}": {**result(), "seed": seed, "test": {"error_percent": error, "standard_error": 0.05}}
        for seed, error in enumerate(errors)
    }
    assert f"| 2.13 (best seen) | {said} | " in "\n".join(table_lines(tests))


def test_two_results_of_one_seed_are_refused():
    with pytest.raises(EqualSeedsError, match="the same seed"):
        table_lines({"a": result(), "b": result(error=2.0)})
