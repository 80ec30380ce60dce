"""
Real lines of text: IAM-OnDB by Liwicki and Bunke (2005), "IAM-OnDB, an on-line English sentence database acquired from
handwritten text on a whiteboard".

A line of text is a file such as ``lineStrokes/a01/a01-000/a01-000u-01.xml`` with ``<Stroke>`` of ``<Point x= y= time=/>``. What the
lines of a page say is in ``ascii/a01/a01-000/a01-000u.txt``, one a line below ``CSR:``.
"""

from pathlib import Path
from xml.parsers import expat

import numpy as np

from .ink import Ink, InkError, damaged, files_with_ink, number


def read_iam_ondb(folder: str | Path) -> list[Ink]:
    """
    All lines of text in a folder and the folders in it.

    :raises InkError: if there is no ``.xml`` file, or if one is damaged: with its name and line
    """
    said = {file.stem: _said(file) for file in sorted(Path(folder).rglob("*.txt"))}
    inks = []
    for file in files_with_ink(folder, "*.xml", "the folder lineStrokes of IAM-OnDB"):
        page, _, line = file.stem.rpartition("-")
        texts = said.get(page, [])
        text = texts[int(line) - 1] if line.isdecimal() and 1 <= int(line) <= len(texts) else ""
        inks.append(Ink(text, file.name, _strokes(file)))
    return inks


def _strokes(file: Path) -> tuple[np.ndarray, ...]:
    """
    The standard library's expat reads the file, and gives line numbers. A document type is refused where it begins, before any
    entity could be declared, because entities can fill the memory ("billion laughs") or name other files.
    """
    strokes: list[list[tuple[float, float]]] = []
    inside: list[str] = []
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        line = parser.CurrentLineNumber
        if name == "Stroke":
            strokes.append([])
        elif name == "Point":
            if "Stroke" not in inside:
                raise damaged(file, line, "a <Point> stands outside a <Stroke>")
            x, y = (number(attributes.get(axis), file, line, f"{axis} of a <Point>") for axis in ("x", "y"))
            strokes[-1].append((x, y))
        inside.append(name)

    def end(name: str) -> None:
        inside.pop()
        if name == "Stroke" and not strokes[-1]:
            raise damaged(file, parser.CurrentLineNumber, "a <Stroke> has no <Point>")

    def refuse(*_: object) -> None:
        raise damaged(file, parser.CurrentLineNumber, "it has a document type (<!DOCTYPE); files of IAM-OnDB have none")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, refuse
    try:
        parser.Parse(file.read_bytes(), True)
    except expat.ExpatError as error:
        raise damaged(file, error.lineno, f"it is not XML ({expat.ErrorString(error.code)})") from error
    if not strokes:
        raise InkError(f"{file}: it has no <Stroke>; give files of lineStrokes of IAM-OnDB")
    return tuple(np.array(stroke) for stroke in strokes)


def _said(file: Path) -> list[str]:
    """The lines below ``CSR:``."""
    _, _, below = file.read_text(encoding="utf-8", errors="replace").partition("CSR:")
    return [line.strip() for line in below.splitlines() if line.strip()]
