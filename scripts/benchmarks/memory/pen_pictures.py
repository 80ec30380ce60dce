"""Pictures of what a network that reads a pen rests on: a delayed dot, and the ending -ing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from saccade.envs.tasks.pen.letters import ALPHABET, TWINS
from saccade.envs.tasks.pen.words import common_words, words_of
from saccade.experiments import ConfigError
from saccade.experiments.run_folder import RunFolder
from saccade.saliency import load_policy
from saccade.saliency.pictures.layout import write_png
from saccade.scripts.benchmarks.memory.maps import METHODS, strengths
from saccade.scripts.benchmarks.memory.written import Written, answers_of, env_kwargs_of, written
from saccade.scripts.benchmarks.runs.measured_runs import Which, asked_checkpoint

PAPER, INK, RED, GREY, BLUE = (255, 255, 255), (20, 20, 60), (220, 30, 30), (150, 150, 150), (40, 90, 190)
TITLE, PROFILE = 26, 90  # pixels
DELAYED = "ijtx"  # letters with a stroke after the word
DOTTED = {twin: f"{letter} without dot" for letter, twin in TWINS.items()}


def pen_pictures(run: Path, output: Path, dot: str | None, ending: str | None, seed: int, which: Which = "newest") -> None:
    """
    Write ``dot.png`` and ``ending.png``.

    :param run: folder of a run on PenStrokes
    :param output: folder of the pictures
    :param dot: word with an i; None for the first held-out word of :func:`shown_words`
    :param ending: word in -ing; None as above
    :param seed: of hand, sizes and noise
    :param which: checkpoint
    :raises ConfigError: if a word does not fit
    """
    folder = RunFolder.check_existing(run)
    record = folder.read({"device": "cpu"})
    kwargs = env_kwargs_of(record.hyperparameters)
    longest = kwargs.get("max_letters", 8)
    first_dot, first_ending = shown_words(words_of("test", kwargs.get("words") or common_words(), longest))
    dot, ending = dot or first_dot, ending or first_ending
    if "i" not in (dot or "") or not (ending or "").endswith("ing"):
        raise ConfigError(f"the words are {dot!r} and {ending!r}; the first must have an i, and the second must end in ing")
    assert dot is not None  # as above
    assert ending is not None
    policy: Any = load_policy(asked_checkpoint(folder, which), "cpu")
    output.mkdir(parents=True, exist_ok=True)
    for name, picture in {
        "dot": delayed_dot(policy, dot, kwargs, seed),
        "ending": whole_ending(policy, ending, kwargs, seed),
    }.items():
        write_png(output / f"{name}.png", picture)


def shown_words(words: Sequence[str]) -> tuple[str | None, str | None]:
    """
    Words for the pictures, by a rule, in the order of the list: the first word of six letters or more with an i whose dot is not
    the last stroke, and the first word of six letters or more in -ing.

    :param words: that the network has not seen
    :return: None where there is none
    """
    long = [word for word in words if len(word) >= 6]
    dots = (word for word in long if "i" in word and any(letter in DELAYED for letter in word[word.index("i") + 1 :]))
    return next(dots, None), next((word for word in long if word.endswith("ing")), None)


def delayed_dot(policy: Any, word: str, kwargs: dict[str, Any], seed: int) -> np.ndarray:
    """
    The first i of a word with its dot, without, and with the dot at once: for each map the ink by strength, and the map in time.

    :param policy: recurrent
    :param word: with an i
    :param kwargs: of the env
    :param seed: of hand, sizes and noise
    :return: (H, W, 3) uint8
    """
    place = word.index("i")
    twin = word[:place] + TWINS["i"] + word[place + 1 :]
    rows = []
    for spelled, about, changes in (
        (word, "dot after the word", {}),
        (twin, "no dot on this i", {}),
        (word, "dots at once", {"dots": "at once"}),
    ):
        rows.append(panel(policy, written([spelled], np.array([seed]), {**kwargs, **changes}), place, about))
    return np.concatenate(rows)


def whole_ending(policy: Any, word: str, kwargs: dict[str, Any], seed: int) -> np.ndarray:
    """
    The last three letters of a word: what each decision rests on.

    :param policy: recurrent
    :param word: in -ing
    :param kwargs: of the env
    :param seed: of hand, sizes and noise
    :return: (H, W, 3) uint8
    """
    told = written([word], np.array([seed]), kwargs)
    return np.concatenate([panel(policy, told, len(word) - 3 + k, "") for k in range(3)])


def panel(policy: Any, told: Written, place: int, about: str) -> np.ndarray:
    """
    One decision: the ink by the strength of the Jacobian, and below it each map in time.

    :param policy: recurrent
    :param told: one word
    :param place: of the letter that is asked for
    :param about: the word, for the title
    """
    odds = answers_of(policy, told)[0, place]
    said = DOTTED.get(name := [*ALPHABET, "end"][int(odds.argmax())], name)
    text = f"letter {place + 1}: says {said} ({100 * np.exp(odds.max()):.0f} %)" + (f", {about}" if about else "")
    decision = np.array([told.reading + place])
    maps = {method: strengths(policy, told, decision, method)[0] for method in METHODS}
    scaled = {method: np.abs(x) / np.abs(x).max() for method, x in maps.items()}
    ink = told.game.drawn(told.observations[0], np.concatenate([scaled["jacobian"], np.zeros(told.game.max_letters)]))
    title = np.full((TITLE, ink.shape[1], 3), PAPER, dtype=np.uint8)
    cv2.putText(title, text, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)
    lines = [profile(x, told, place, method, ink.shape[1]) for method, x in scaled.items()]
    return np.concatenate([title, ink, *lines])


def profile(strength: np.ndarray, told: Written, place: int, name: str, width: int) -> np.ndarray:
    """
    A map in time as bars, with the body of the letter (blue) and its dot (red) marked below.

    :param strength: (R,) from 0 to 1
    :param told: one word
    :param place: of the letter
    :param name: of the map
    :param width: pixels
    """
    picture = np.full((PROFILE // 2 + 14, width, 3), PAPER, dtype=np.uint8)
    base, steps = PROFILE // 2, len(strength)
    own, delayed = told.letters[0] == place, told.delayed[0]
    for t, height in enumerate(strength.tolist()):
        left, right = round(t * width / steps), max(round((t + 1) * width / steps) - 1, round(t * width / steps))
        colour = GREY if not own[t] else RED if delayed[t] else BLUE
        cv2.rectangle(picture, (left, base - round(height * (base - 6))), (right, base), colour, -1)
        if own[t]:
            cv2.rectangle(picture, (left, base + 3), (right, base + 7), colour, -1)
    cv2.putText(picture, name.replace("_", " "), (6, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.35, GREY, 1, cv2.LINE_AA)
    return picture
