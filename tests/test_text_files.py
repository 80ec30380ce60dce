"""Every text file is read and written as UTF-8, whatever the locale."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for folder in ("agents", "envs", "experiments", "policies", "saliency", "scripts")
    for path in (ROOT / folder).rglob("*.py")
)


NOT_TEXT = ("os", "zip", "archive", "webbrowser")  # whose `open` gives bytes or a number, or is of no file


def without_encoding(source: str) -> list[int]:
    """Lines with a call that opens a text file in the encoding of the locale."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or any(keyword.arg == "encoding" for keyword in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "open" and (getattr(owner, "attr", "") or getattr(owner, "id", "")) in NOT_TEXT:
            continue
        modes = [x.value for x in [*node.args, *(k.value for k in node.keywords)] if isinstance(x, ast.Constant)]
        binary = any(isinstance(mode, str) and "b" in mode for mode in modes)
        if (name in ("read_text", "write_text") and isinstance(node.func, ast.Attribute)) or (name == "open" and not binary):
            lines.append(node.lineno)
    return lines


def test_calls_without_encoding_are_found():
    lines = ["a.read_text()", "b.write_text('x')", "open('f')", "c.open('w')", "c.open('rb')", "d.read_text(encoding='utf-8')"]
    source = "\n".join([*lines, "write_text(p, t)", "os.open('f')"])
    assert without_encoding(source) == [1, 2, 3, 4]


def test_text_files_have_an_encoding():
    found = {str(path.relative_to(ROOT)): without_encoding(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}
