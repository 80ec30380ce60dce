"""
Fill every table and every marked number of README, docs and results from the files in results/.

    make tables
    make tables ARGS=--check     say which places are stale, change nothing, and exit with 1 if there is one
"""

import argparse
import sys

from saccade.scripts.tables.pages import differing, filled
from saccade.scripts.tables.registry import PAGES, RESULTS, ROOT, TABLES, VALUES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    stale = 0
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        new = filled(old, TABLES, VALUES, RESULTS)
        for name in differing(old, new):
            stale += 1
            print(f"{page.relative_to(ROOT)}: {name} {'is stale; run make tables' if check else 'written'}")
        if not check and new != old:
            page.write_text(new, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
