"""
The site, in build/site: README, docs, results, lessons, and a reference made from docstrings. It needs no network.

    make site
    python -m http.server -d build/site     then open http://localhost:8000; from the disk there is no search

It fails if a link leads nowhere, if the reference cannot be made, or if a page loads anything from another place.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from saccade.scripts.documentation.built_site import problems
from saccade.scripts.documentation.source_pages import write_pages

ROOT = Path(__file__).resolve().parents[2]
PAGES, SITE = ROOT / "build" / "pages", ROOT / "build" / "site"  # zensical.toml names them as well


def main() -> int:
    """Build and check."""
    zensical = shutil.which("zensical", path=str(Path(sys.executable).parent))
    if zensical is None:
        print("error: zensical is missing; install it with pip install -c constraints.txt -e '.[docs]'", file=sys.stderr)
        return 2
    write_pages(ROOT, PAGES)
    built = subprocess.run([zensical, "build", "--clean", "--strict", "--config-file", str(ROOT / "zensical.toml")], check=False)
    if built.returncode:
        return built.returncode
    wrong = problems(SITE)
    print(*wrong, sep="\n", file=sys.stderr)
    print(f"site: {SITE / 'index.html'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
