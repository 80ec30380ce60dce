"""The checks that an attack works, on rows by hand."""

from saccade.experiments.attacking.attack_checks import attack_checks


def row(attack: str, eps: float, accuracy: float, victim: str = "agent", **more: object) -> dict:
    usual = {"victim": victim, "attack": attack, "eps": eps, "accuracy": accuracy, "standard_error": 0.005}
    return {**usual, "loss": "cross-entropy", "steps": None, **more}


GOOD = [
    row("clean", 0.0, 0.95),
    row("uniform", 0.1, 0.94),
    row("uniform", 0.5, 0.40),
    row("frozen", 0.1, 0.50, steps=40),
    row("score", 0.1, 0.30, steps=40),
    row("score", 0.1, 0.29, steps=80),
    row("square", 0.1, 0.60),
    row("score", 0.5, 0.01, steps=40),
    row("worst", 0.1, 0.25),
    row("worst", 0.5, 0.0),
]


def verdicts(rows: list[dict], victim: str = "agent") -> dict[str, bool | None]:
    return {each["check"]: each["passed"] for each in attack_checks(rows) if each["victim"] == victim}


def test_an_attack_that_works():
    assert verdicts(GOOD) == {
        "success goes to 100 %": True,
        "monotone in eps": True,
        "twice the steps change nothing": True,
        "a gradient beats random search": True,
        "the score-function term does no harm": True,
        "an undefended CNN falls": None,
        "the attack beats noise": True,
    }


def changed(attack: str, eps: float, accuracy: float, steps: int | None = None) -> list[dict]:
    """The good rows with one other accuracy."""
    return [
        {**each, "accuracy": accuracy} if (each["attack"], each["eps"], each["steps"]) == (attack, eps, steps) else each
        for each in GOOD
    ]


def test_each_check_can_fail():
    for check, rows in {
        "success goes to 100 %": changed("worst", 0.5, 0.06),
        "monotone in eps": changed("worst", 0.5, 0.27),
        "twice the steps change nothing": changed("score", 0.1, 0.25, 80),
        "a gradient beats random search": changed("square", 0.1, 0.25),
        "the score-function term does no harm": changed("frozen", 0.1, 0.25, 40),
        "the attack beats noise": changed("uniform", 0.1, 0.2),
    }.items():
        assert verdicts(rows)[check] is False, check


def test_a_difference_within_the_error_is_none():
    assert verdicts(changed("worst", 0.5, 0.26))["monotone in eps"]  # 0.01 of 2 * sqrt(2) * 0.005
    assert verdicts(changed("square", 0.1, 0.27))["a gradient beats random search"]


def test_an_undefended_cnn():
    rows = [row("clean", 0.0, 0.97, "cnn"), row("gradient", 0.2, 0.3, "cnn", steps=40), row("gradient", 0.3, 0.04, "cnn", steps=40)]
    assert verdicts(rows, "cnn")["an undefended CNN falls"]
    rows[-1]["accuracy"] = 0.06
    assert verdicts([*GOOD, *rows], "cnn")["an undefended CNN falls"] is False
    assert verdicts([*GOOD, *rows])["monotone in eps"]  # the other victim's checks are its own


def test_what_was_not_run_is_not_passed():
    assert set(verdicts([row("clean", 0.0, 0.9)]).values()) == {None}
    assert attack_checks([]) == []
