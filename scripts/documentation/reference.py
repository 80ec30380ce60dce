"""The reference: a page for each package with its public names, to be filled from their docstrings."""

import ast
from pathlib import Path

PACKAGES = ("agents", "envs", "experiments", "policies", "saliency")


def public_names(root: Path, package: str) -> list[str]:
    """
    What a package exports, in alphabetical order.

    :param root: of the repository
    :param package: its folder there
    """
    tree = ast.parse((root / package / "__init__.py").read_text(encoding="utf-8"))
    (names,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
    )
    return sorted(names, key=str.lower)


def reference_page(root: Path, package: str) -> str:
    """
    The page of a package: what it says of itself, and a place for each public name, which mkdocstrings fills.

    :param root: of the repository
    :param package: its folder there
    """
    about = ast.get_docstring(ast.parse((root / package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return (
        "\n\n".join([f"# saccade.{package}", about, *(f"::: saccade.{package}.{name}" for name in public_names(root, package))])
        + "\n"
    )
