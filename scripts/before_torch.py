"""
Import first: what must be settled before torch is loaded.

Between two computations GNU OpenMP's threads spin for a while before they sleep, on cores that the games need just then. With a
fifteenth of that PQN's loop is an eighth faster on two cores. An own setting of the user's is kept.

Loading takes seconds, and Ctrl-C in them shall end in a line as it does later (:mod:`plain_errors`), not in a traceback.
"""

import os
import sys
from types import TracebackType

os.environ.setdefault("GOMP_SPINCOUNT", "20000")  # rounds; the default is 300,000


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("error: interrupted", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _report
