"""The tables of several digits on a canvas, from results of finished items."""

import pytest

from saccade.scripts.tables.glimpse_claims.digit_numbers import naming_lines


def result(row="digit-pair", variant="learned", seed=0, error=4.0, arithmetic=12_000_000, **more) -> dict:
    figures = {"error_percent": error, "standard_error": 0.1, "digits": 10_000, "episodes": 50_000}
    rates = {"learning_rate": 1e-3, "validation_of_rates": [{}, {}, {}], "converged": True} if variant == "cnn" else {}
    content = {"row": row, "variant": variant, "seed": seed, "share_of_full_length": 1.0, "images": 2_400_000, "seconds": 3600.0}
    content |= {"multiply_adds": arithmetic, "commit": "0123456789", "validation": figures, "test": figures, "short": False}
    return {**content, "mean_looks": 5.25, **rates, **more}


def test_the_table():
    done = [result(seed=seed, error=error) for seed, error in enumerate((4.0, 5.0, 3.0))]
    done += [result(variant="cnn", error=6.0, arithmetic=80_000_000)]
    text = "\n".join(naming_lines({str(i): one for i, one in enumerate(done)}))
    errors = "4.00 +- 0.10, 5.00 +- 0.10, 3.00 +- 0.10 | 4.00, 1.00 (3 seeds)"
    marks = "5.0 (DRAM) | 5.0: reached; 2.5: missed"
    assert f"| pairs, 100x100 | {marks} | {errors} | 6.00 +- 0.10 | 1 seed | 5.2, 5.2, 5.2 | 12.0 M | 80.0 M |" in text
    assert "| sums, 100x100 | 2.5 (DRAM) | 2.5; 1.0 | not run | 0 seeds | not run | 0 seeds | not run | not run | not run |" in text
    assert "| digit-pair, learned | 1 | 2.40 M | 12.0 M | 5.00 +- 0.10 | 5.00 +- 0.10 | 1.0 | 0123456 |" in text
    assert "training" not in "\n".join(naming_lines({}))


@pytest.mark.parametrize(
    ("error", "arithmetic", "said"),
    [
        (6.0, 20_000_000, "reached (+0.00 points at 25 %)"),
        (6.1, 20_000_000, "missed (+0.10 points at 25 %)"),
        (5.0, 24_000_000, "missed (-1.00 points at 30 %)"),
    ],
)
def test_house_numbers_are_judged_by_error_and_arithmetic_of_the_cnn(error, arithmetic, said):
    ours = result("house-number", error=error, arithmetic=arithmetic)
    theirs = result("house-number", "cnn", error=6.0, arithmetic=80_000_000)
    (line,) = (line for line in naming_lines({"a": ours, "b": theirs}) if "110x110" in line)
    assert f"no worse than the CNN at a quarter of its arithmetic: {said} |" in line
