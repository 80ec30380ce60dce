"""Which step of a sequence each decision is aligned with, and how often that is the right one."""

import numpy as np

from ..errors import AlignmentError

NOBODY = -1  # aligned with no step


def argmax_alignment(strengths: np.ndarray, inputs: np.ndarray | None = None) -> np.ndarray:
    """
    For each decision the step with the largest strength.

    :param strengths: (T_out, T_in), not negative
    :param inputs: (T_in,) bool, the steps that may be chosen; all by default
    :return: (T_out,) steps; the first of equally strong ones, and -1 where none of them has any strength
    """
    allowed = np.ones(strengths.shape[1], dtype=bool) if inputs is None else np.asarray(inputs, dtype=bool)
    shown = np.where(allowed & np.isfinite(strengths), strengths, 0.0)
    return np.where(shown.max(axis=1, initial=0) > 0, shown.argmax(axis=1), NOBODY)


def links(alignment: np.ndarray, steps: int) -> np.ndarray:
    """
    An alignment as a set of pairs.

    :param alignment: (T_out,) one step for each decision, -1 for none
    :param steps: T_in
    :return: (T_out, T_in) bool
    """
    return np.asarray(alignment)[:, None] == np.arange(steps)


def alignment_error_rate(found: np.ndarray, sure: np.ndarray, possible: np.ndarray | None = None) -> float:
    """
    AER = 1 - (|A and S| + |A and P|) / (|A| + |S|), where A are the links that were found, S the sure ones and P the possible ones,
    which hold S (Och and Ney 2003, "A systematic comparison of various statistical alignment models", section 6.1).

    :param found: (T_out, T_in) bool
    :param sure: (T_out, T_in) bool
    :param possible: (T_out, T_in) bool; the sure links by default. Sure links are possible, whether they are marked here or not
    :return: 0 if all sure links and only possible ones were found, 1 if nothing right was found; NaN if A and S are empty
    :raises AlignmentError: if the shapes differ
    """
    possible = sure if possible is None else possible
    if not found.shape == sure.shape == possible.shape:
        raise AlignmentError(f"the links have the shapes {found.shape}, {sure.shape} and {possible.shape}; they must be the same")
    size = int(found.sum() + sure.sum())
    right = int((found & sure).sum() + (found & (possible | sure)).sum())
    return 1 - right / size if size else float("nan")


def share_right(found: np.ndarray, gold: np.ndarray) -> float:
    """
    How often the step is the right one, among the decisions that have one.

    :param found: (T_out,) steps
    :param gold: (T_out,) steps, -1 for none
    :return: from 0 to 1; NaN if no decision has one
    """
    known = np.asarray(gold) != NOBODY
    return float((np.asarray(found)[known] == np.asarray(gold)[known]).mean()) if known.any() else float("nan")


def checked_alignment(gold: np.ndarray, decisions: int, steps: int) -> np.ndarray:
    """
    An alignment that fits.

    :param gold: one input step for each decision, -1 for none
    :param decisions: T_out
    :param steps: T_in
    :return: (T_out,) int
    :raises AlignmentError: if it has another length, or names a step that is not there
    """
    found = np.asarray(gold)
    if found.shape != (decisions,):
        size = f"length {len(found)}" if found.ndim == 1 else f"shape {found.shape}"
        raise AlignmentError(f"the alignment has the {size}; it must have one input step for each of the {decisions} decisions")
    if found.size and not (found.min() >= NOBODY and found.max() < steps):
        raise AlignmentError(
            f"the alignment names steps from {found.min()} to {found.max()}; they must be from 0 to {steps - 1}, or -1"
        )
    return found.astype(int)
