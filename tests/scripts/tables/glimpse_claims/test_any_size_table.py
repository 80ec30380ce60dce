"""The table of sizes, from a small file."""

import json

from saccade.scripts.tables.glimpse_claims.any_size import any_size


def test_sizes(tmp_path):
    assert any_size(tmp_path) == ["Not measured yet."]
    (tmp_path / "glimpses").mkdir()
    file = tmp_path / "glimpses" / "sizes.json"

    def write(*rows: dict) -> list[str]:
        content = {"settings": {"split": "validation"}, "rows": [{"standard_error": None, **row} for row in rows]}
        file.write_text(json.dumps(content))
        return any_size(tmp_path)

    small = {"who": "learned", "size": 100, "error_percent": 2.0, "standard_error": 0.1, "multiply_adds": 16_500_000}
    large = {**small, "size": 256, "error_percent": 4.5}
    cnn = {"who": "cnn", "size": 100, "error_percent": 1.0, "multiply_adds": 74_000_000, "converged": False}
    lines = write(small, large, cnn)
    assert lines[0].startswith(
        "| pixels | learned gaze: error on validation, % | CNN, trained at this size: error on validation, % |"
    )
    assert lines[2] == "| 100 | 2.00 +- 0.10 | 1.00 (not converged) | 16.5 M | 74.0 M |"
    assert lines[3] == "| 256 | 4.50 +- 0.10 |  | 16.5 M |  |"
    assert lines[-1] == "Error at 256 pixels over that at 100: 2.25 (target: at most 2, missed)."
    assert write(small, {**large, "error_percent": 4.0})[-1].endswith("2.00 (target: at most 2, met).")
    assert write(small)[-1] == "| 100 | 2.00 +- 0.10 | 16.5 M |  |"
