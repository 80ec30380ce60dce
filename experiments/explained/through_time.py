"""What decisions rest on, step by step back in time: the pictures, films and arrays that ``explain`` writes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from ...saliency import States, sequential_jacobian
from ...saliency.errors import NoMapError
from ...saliency.extras import Extras
from ...saliency.looking_back import SHOWN, drawn_decision
from ...saliency.map_key import JACOBIAN
from ...saliency.memory.episode_drawing import Drawing
from ...saliency.memory.stretch_of_play import MOST_STEPS, episode_of, last_decisions
from ...saliency.pictures.layout import captioned, contact_sheet, padded, write_png
from ...saliency.pictures.text import paragraph
from ...saliency.pictures.time_picture import time_film
from ...saliency.pictures.video import write_mp4
from ...saliency.readers.entries import entry_keys, pictured
from ...saliency.records.memory_record import MemoryRecord
from ...saliency.statistics.memory_statistics import mean_lag
from ...saliency.whole_file import write_npz

MOST_NUMBERS = 128 * 128 * 4 * 84 * 84  # of a Jacobian through time that is kept whole for a film
LONGEST_LOOK_BACK = 100  # pictures of the film of one decision
NARROWEST = 480  # pixels of a drawing with text


@dataclass(frozen=True)
class LookedBack:
    """
    :ivar lags: {head: the mean lag, and the mean norm by lag}
    :ivar notes: lines of the report: on what some decisions rest, and why a head has no maps
    """

    lags: dict[str, tuple[float, np.ndarray]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def stretch_of(starts: np.ndarray, wanted: int) -> int:
    """
    Steps of a play that are looked back on: as many as are wanted, or up to the end of the episode that is running then, if it
    has ended and that is no more than 512 steps.

    :param starts: (T,) whether an episode starts there
    :param wanted: steps
    """
    ends = [int(t) for t in np.flatnonzero(starts) if wanted < t <= MOST_STEPS]
    return ends[0] if ends and not (wanted < len(starts) and starts[wanted]) else min(wanted, len(starts))


def named_decisions(norms: np.ndarray, outputs: np.ndarray, starts: np.ndarray) -> list[int]:
    """
    The rows of two decisions that a report names: the last one of the last episode, and the one that rests most on the past.

    :param norms: (T_out, T)
    :param outputs: (T_out,) the steps of the decisions
    :param starts: (T,) whether an episode starts there
    """
    past = norms * (np.arange(norms.shape[1]) < outputs[:, None])
    last = int(np.flatnonzero(np.isin(outputs, last_decisions(starts, norms.shape[1])))[-1])
    return list(dict.fromkeys([last, int(past.sum(1).argmax())]))


def write_through_time(
    policy: BasePolicy,
    played: States,
    heads: Sequence[str],
    wanted: int,
    folder: Path,
    extras: Extras,
    names: Sequence[str] = (),
    drawing: Drawing | None = None,
) -> LookedBack:
    """
    For each head the norms of the Jacobian through time beside occlusion, as arrays, as a square and as films; and what the env
    draws.

    :param policy: with a memory
    :param played: its play, from the start of an episode
    :param heads: names
    :param wanted: decisions; of a longer stretch the last ones
    :param folder: for the files
    :param extras: try pictures and films
    :param names: of a vector's features
    :param drawing: of the env, or None
    """
    assert played.starts is not None
    states = played.some(slice(stretch_of(played.starts, wanted)))
    assert states.starts is not None
    outputs = np.arange(max(len(states) - wanted, 0), len(states))
    found = LookedBack()
    for head in heads:
        try:
            norms = {
                (head, name): method(policy, states.observations, head, states.starts, outputs=outputs.tolist())
                for name, method in SHOWN.items()
            }
        except NoMapError as refusal:
            found.notes.append(f"{head}: no Jacobian through time. {refusal}.")
            continue
        record = MemoryRecord(norms, outputs, states.starts)
        stem = f"through-time-{head}"
        others = {name: x for (_, name), x in norms.items() if name != JACOBIAN}
        jacobian = norms[head, JACOBIAN]
        write_npz(folder / f"{stem}.npz", {"norms": jacobian, "starts": states.starts, "outputs": outputs, **others})
        extras.tried(lambda: write_png(folder / f"{stem}.png", record.sheet()))  # noqa: B023
        extras.tried(lambda: _write_films(policy, states, head, outputs, folder / stem, names))  # noqa: B023
        rows = named_decisions(jacobian, outputs, states.starts)
        found.notes.extend(_said(head, norms, outputs, row) for row in rows)
        if drawing is not None:
            extras.tried(lambda: _write_drawings(drawing, states, head, jacobian, outputs, rows, folder / stem))  # noqa: B023
        found.lags[head] = (mean_lag(jacobian, outputs), record.profile(head))
    return found


def _said(head: str, norms: Mapping[tuple[str, str], np.ndarray], outputs: np.ndarray, row: int) -> str:
    """On which step a decision rests most, by each method."""
    t = int(outputs[row])
    told = [f"{name}: step {(s := int(x[row].argmax()))}, {t - s} back" for (_, name), x in norms.items() if x[row].any()]
    return f"{head} at step {t} rests most on " + ("; ".join(told) or "no step") + "."


def _write_films(policy: BasePolicy, states: States, head: str, outputs: np.ndarray, stem: Path, names: Sequence[str]) -> None:
    """Decision by decision the frames before it. An entry may have any name, and a file may not: the first has no number."""
    size = sum(np.asarray(x[0]).size for x in states.pictures().values())
    if len(outputs) * len(states) * size > MOST_NUMBERS:
        return
    jacobian: Any = sequential_jacobian(policy, states.observations, head, states.starts, outputs=outputs.tolist())
    for number, entry in enumerate(entry_keys(policy)):
        seen = pictured(policy, states.observations, entry)
        film = time_film(seen, pictured(policy, jacobian, entry).numpy(), states.frames, head, names, outputs.tolist())
        write_mp4(stem.with_name(f"{stem.name}{f'-{number + 1}' if number else ''}.mp4"), film, fps=5)


def _write_drawings(
    drawing: Drawing, states: States, head: str, norms: np.ndarray, outputs: np.ndarray, rows: list[int], stem: Path
) -> None:
    """The episodes of some decisions as the env draws them, and a film of the first one looking back."""
    drawn = []
    for row in rows:
        t = int(outputs[row])
        picture = drawn_decision(drawing, states, norms[row], t)
        if picture is None:
            return
        text = f"What {head} rests on at step {t}: each step by the norm of its derivative, beside the largest one."
        drawn.append(contact_sheet([paragraph(text, max(picture.shape[1], NARROWEST)), picture]))
    write_png(stem.with_name(f"{stem.name}-drawn.png"), contact_sheet(drawn))
    write_mp4(
        stem.with_name(f"{stem.name}-drawn.mp4"), looking_back(drawing, states, head, norms[rows[0]], int(outputs[rows[0]])), 10
    )


def looking_back(drawing: Drawing, states: States, head: str, norms: np.ndarray, t: int) -> Iterator[np.ndarray]:
    """
    One decision looks back: at first the present step has its colour, then more and more steps before it.

    :param drawing: of the env
    :param states: T steps
    :param head: its name
    :param norms: (T,) of the decision
    :param t: its step
    :return: at most about 100 pictures
    """
    steps = episode_of(states.starts, len(states), t)
    first = steps.start
    stride = -(-(t - first + 1) // LONGEST_LOOK_BACK)
    most, total = max(float(norms.max()), 1e-30), max(float(norms.sum()), 1e-30)
    for back in [*range(0, t - first, stride), t - first]:
        shown = norms.copy()
        shown[: t - back] = 0
        picture = drawing(states.some(steps).observations, shown[steps] / most, t - first)
        assert picture is not None  # the same env has drawn this episode before
        text = f"{head} at step {t}, {back} steps back: {shown.sum() / total:.0%} of what it rests on"
        yield captioned(padded(picture, width=NARROWEST), text)  # one line, so that all pictures have one size
