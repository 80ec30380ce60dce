"""The package map in setup.cfg says what is in the tree, imports run one way, and no file or folder grows too large."""

import ast
import configparser
import importlib
import inspect
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT: dict[str, set[str]] = {
    "envs": set(),
    "policies": set(),
    "hyperparams": set(),
    "saliency": {"policies"},
    "agents": {"policies"},
    "experiments": {"envs", "policies", "hyperparams", "saliency", "agents"},
}
# The rooms of saliency from the bottom up: each may import those before it, if it is listed here.
ROOMS_OF_SALIENCY: dict[str, set[str]] = {
    "loading": set(),
    "readers": set(),
    "objects": set(),
    "states": {"readers", "objects"},
    "memory": {"states"},
    "statistics": set(),
    "methods": {"readers", "states", "statistics"},
    "through_time": {"readers", "methods"},
    "checks": {"readers", "states", "statistics", "methods", "through_time", "objects"},
    "pictures": {"states", "statistics"},
    "records": {"states", "statistics", "pictures"},
    "page": {"states", "statistics", "pictures", "records"},
}
AT_THE_BOTTOM = {
    "cache_folder",
    "whole_file",
    "errors",
    "map_key",
    "extras",
    "axes",
    "random_state",
}  # every room of saliency may import them
DOORS = "scripts"
MAIN = "saccade"  # the folder of `python -m saccade`
NOT_INSTALLED = (
    "benchmarks",
    "benchmarks/attentions",
    "benchmarks/digits",
    "benchmarks/memory",
    "benchmarks/objects",
    "benchmarks/reordering",
    "benchmarks/runs",
    "benchmarks/shown_first",
    "benchmarks/together",
    "documentation",
    "tables",
    "tables/adversaries",
    "tables/attentions",
    "tables/glimpse_claims",
    "tables/memory_tasks",
    "tables/saliency_maps",
)  # folders of scripts
MOST_FILES, MOST_LINES, MOST_LINES_OF_A_DOOR = 15, 330, 60


def package_map() -> tuple[list[str], dict[str, str]]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    folders = (line.split("=") for line in config["options"]["package_dir"].strip().splitlines())
    return config["options"]["packages"].split(), {name.strip(): folder.strip() for name, folder in folders}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_every_folder_with_an_init_is_installed():
    packages, folders = package_map()
    inside = [path.parent for path in sources(*MAY_IMPORT, DOORS) if path.name == "__init__.py"]
    assert sorted(packages) == sorted([MAIN, *(".".join((MAIN, *folder.relative_to(ROOT).parts)) for folder in inside)])
    assert folders == {MAIN: MAIN, **{f"{MAIN}.{name}": name for name in (*MAY_IMPORT, DOORS)}}
    assert [path.name for path in sources(MAIN)] == ["__main__.py"]  # of a namespace, which has no __init__
    for name in (*MAY_IMPORT, DOORS):
        assert (ROOT / ".typing" / "saccade" / name).resolve() == ROOT / name
        assert (ROOT / name / "py.typed").is_file() == (name != DOORS)


def test_every_folder_with_code_has_an_init():
    without = {path.parent for path in sources(*MAY_IMPORT, DOORS) if not (path.parent / "__init__.py").is_file()}
    assert without == {ROOT / DOORS / folder for folder in NOT_INSTALLED}


def module_of(path: Path) -> str:
    """Dotted name; that of an ``__init__.py`` ends in ``__init__``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@lru_cache
def imports() -> Mapping[str, set[str]]:
    """{module: the modules of ours that it imports}."""
    known = {module_of(path) for path in sources(*MAY_IMPORT, DOORS)}

    def found(dotted: str) -> str | None:
        return dotted if dotted in known else f"{dotted}.__init__" if f"{dotted}.__init__" in known else None

    def targets(path: Path) -> Iterator[str]:
        package = module_of(path).split(".")[:-1]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                if node.level:
                    before = package[: len(package) - node.level + 1]
                elif (node.module or "").startswith("saccade."):
                    before = []
                else:
                    continue
                stem = [*before, *(node.module or "").removeprefix("saccade.").split(".")]
                base = ".".join(filter(None, stem))
                for name in node.names:
                    target = found(f"{base}.{name.name}".lstrip(".")) or found(base)
                    assert target is not None, f"{path} imports {base}.{name.name}, which is not there"
                    yield target

    return {module_of(path): set(targets(path)) for path in sources(*MAY_IMPORT, DOORS)}


def test_imports_run_one_way_between_the_packages():
    for module, targets in imports().items():
        package = module.split(".")[0]
        others = {target.split(".")[0] for target in targets} - {package}
        allowed = (
            {"experiments"}
            if package == DOORS and module.split(".")[1] not in NOT_INSTALLED
            else MAY_IMPORT.get(package, set(MAY_IMPORT))
        )
        assert others <= allowed, f"{module} imports {others - allowed}"


def test_imports_inside_the_packages_are_relative():
    for path in sources(*MAY_IMPORT):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] in {"saccade", DOORS, *MAY_IMPORT}], f"{path}: {names}"


def room_of(module: str) -> str:
    """The folder inside a package, such as ``saliency.readers``; a module that lies beside the rooms is a room of its own."""
    parts = module.split(".")
    return ".".join(parts[:2])


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The nodes of a circle, or nothing if there is none."""
    done: set[str] = set()

    def walk(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return []
        for target in sorted(graph.get(node, ())):
            if round_trip := walk(target, [*trail, node]):
                return round_trip
        done.add(node)
        return []

    return next(filter(None, (walk(node, []) for node in sorted(graph))), [])


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(imports()) == []


def test_rooms_of_saliency_import_only_rooms_below_them():
    for module, targets in imports().items():
        package, room, *inner = module.split(".")
        if package == "saliency" and inner:
            others = {target.split(".")[1] for target in targets if target.startswith("saliency.")} - {room}
            allowed = ROOMS_OF_SALIENCY[room] | AT_THE_BOTTOM
            assert others <= allowed, f"{module} imports {others - allowed}"


def test_no_rooms_import_each_other_in_a_circle():
    rooms: dict[str, set[str]] = {}
    for module, targets in imports().items():
        rooms.setdefault(room_of(module), set()).update({room_of(target) for target in targets} - {room_of(module)})
    assert circle(rooms) == []


@pytest.mark.skipif(not ((ROOT / ".git").exists() and shutil.which("git")), reason="only in a checkout by git")
def test_git_leaves_no_source_out():
    """A pattern such as ``runs/`` also hides folders of code: the file then works here and is missing in every clone."""
    names = "\n".join(str(path.relative_to(ROOT)) for path in sources(*MAY_IMPORT, DOORS, "tests", "examples"))
    command = ["git", "check-ignore", "--no-index", "--stdin"]
    asked = subprocess.run(command, input=names, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (asked.stdout, asked.returncode) == ("", 1), asked.stderr  # 1: no name is ignored


def test_folders_and_files_stay_small():
    for path in [ROOT / name for name in (*MAY_IMPORT, DOORS, "tests")]:
        for folder in {path, *(inner for inner in path.rglob("*") if inner.is_dir() and inner.name != "__pycache__")}:
            files = [file.name for file in folder.iterdir() if file.is_file() and file.name != "py.typed"]
            assert len(files) <= MOST_FILES, f"{folder} has {len(files)} files"
    for path in sources(*MAY_IMPORT, DOORS, "tests"):
        lines, door = len(path.read_text().splitlines()), path.parent == ROOT / DOORS
        assert lines <= (MOST_LINES_OF_A_DOOR if door else MOST_LINES), f"{path} has {lines} lines"


def test_half_of_the_files_have_at_most_160_lines():
    lengths = sorted(len(path.read_text().splitlines()) for path in sources(*MAY_IMPORT, DOORS, "tests"))
    assert lengths[len(lengths) // 2] <= 160


def test_every_public_name_is_exported_and_documented():
    """What a constant has as ``__doc__`` is that of its type, so it is only asked for its content."""
    for package in MAY_IMPORT:
        module = importlib.import_module(f"saccade.{package}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isroutine(thing):
                assert thing.__doc__, f"{package}.{name} has no docstring"
                assert not thing.__doc__.startswith(f"{name}("), f"{package}.{name} has the docstring that dataclasses make"
            else:
                assert thing, f"{package}.{name} is empty"
