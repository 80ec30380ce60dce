"""The package map in setup.cfg says what is in the tree, and imports run one way."""

import ast
import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {"envs": set(), "policies": set(), "saliency": {"policies"}, "agents": {"policies"}}


def package_map() -> tuple[list[str], dict[str, str]]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    folders = (line.split("=") for line in config["options"]["package_dir"].strip().splitlines())
    return config["options"]["packages"].split(), {name.strip(): folder.strip() for name, folder in folders}


def test_every_package_is_mapped_to_its_folder():
    packages, folders = package_map()
    assert sorted(packages) == sorted(folders) == [f"saccade.{name}" for name in sorted(MAY_IMPORT)]
    for name, folder in folders.items():
        assert name == f"saccade.{folder}"
        assert (ROOT / folder / "__init__.py").is_file()
        assert (ROOT / folder / "py.typed").is_file()
        assert (ROOT / ".typing" / "saccade" / folder).resolve() == ROOT / folder


def test_no_package_hides_below_another_unmapped():
    assert not [p for folder in MAY_IMPORT for p in (ROOT / folder).iterdir() if p.is_dir() and (p / "__init__.py").exists()]


def test_imports_are_relative_inside_the_packages_and_run_one_way():
    for package, allowed in MAY_IMPORT.items():
        for path in (ROOT / package).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.level == 2:
                    assert (node.module or "").split(".")[0] in allowed, f"{path} imports {node.module}"
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                assert not [name for name in names if name.split(".")[0] in {"saccade", *MAY_IMPORT}], f"{path}: {names}"


def test_every_public_name_is_exported_and_importable():
    import importlib

    for package in MAY_IMPORT:
        module = importlib.import_module(f"saccade.{package}")
        for name in module.__all__:
            assert getattr(module, name).__doc__
