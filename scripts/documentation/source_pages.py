"""The pages of the site in Markdown: those of the repository, in folders as they lie there, and pages made of code."""

import re
import shutil
from pathlib import Path

from saccade.scripts.documentation.lessons import lesson_page
from saccade.scripts.documentation.reference import PACKAGES, reference_page

PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff")
FOLDERS = ("docs", "examples", "hyperparams", "results")
LEFT_OUT = ("__init__.py", "__pycache__", "py.typed", ".ipynb_checkpoints")
STYLE = Path(__file__).with_name("site.css")
HOME = "index.md"  # of a folder, where GitHub shows README.md

MARKER = re.compile(r"<!-- (?:table|value): [\w-]+ -->|<!-- end -->")
TO_README = re.compile(r"(\]\((?!\w+:)[^)\s]*?)README\.md(#[^)\s]*)?\)")
TO_FOLDER = re.compile(r"(\]\((?!\w+:)[^)\s]*/)\)")


def write_pages(root: Path, target: Path) -> None:
    """
    Make the folder that the site is built from.

    :param root: of the repository
    :param target: the folder; what was there before is removed
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in PAGES:
        shutil.copy(root / name, target / name)
    shutil.copy(STYLE, target)
    for name in FOLDERS:
        shutil.copytree(root / name, target / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for notebook in sorted((target / "examples").glob("*.ipynb")):
        notebook.with_suffix(".md").write_text(lesson_page(notebook), encoding="utf-8")
    (target / "reference").mkdir()
    for package in PACKAGES:
        (target / "reference" / f"{package}.md").write_text(reference_page(root, package), encoding="utf-8")
    for page in sorted(target.rglob("*.md")):
        page.write_text(for_the_site(page.read_text(encoding="utf-8")), encoding="utf-8")
        if page.name == "README.md":
            page.rename(page.with_name(HOME))
    for folder in sorted(path for name in FOLDERS for path in (target / name, *(target / name).rglob("*")) if path.is_dir()):
        if not (folder / HOME).exists():
            (folder / HOME).write_text(listing(folder, target), encoding="utf-8")


def for_the_site(text: str) -> str:
    """
    A page without the comments that mark its tables, and with links to pages where GitHub shows a folder.

    :param text: of the page, in Markdown
    """
    text = TO_README.sub(rf"\1{HOME}\2)", MARKER.sub("", text))
    return TO_FOLDER.sub(rf"\1{HOME})", text)


def listing(folder: Path, target: Path) -> str:
    """
    A page for a folder without one: the files and the folders in it.

    :param folder: below ``target``
    :param target: all pages
    """
    inside = sorted(path for path in folder.iterdir() if path.name != HOME)
    lines = [f"- [{path.name}]({path.name}/{HOME})" if path.is_dir() else f"- [{path.name}]({path.name})" for path in inside]
    return "\n".join([f"# {folder.relative_to(target)}", "", *lines, ""])
