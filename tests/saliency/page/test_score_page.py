"""The page of learning curves without maps."""

import io
import json

from saccade.saliency.page.html_page import Below
from saccade.saliency.page.score_page import ScoredRun, write_score_page

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"


def test_the_curves_stand_above_what_is_below_and_names_are_text():
    file = io.StringIO()
    below = Below(".more { color: red; }", lambda page: page.write('<p id="more"></p>\n') and None)
    write_score_page(file, [ScoredRun(HOSTILE, [(0, 1.0), (50, 2.0)]), ScoredRun("b", [])], f"Gazes: {HOSTILE}", below)
    page = file.getvalue()
    assert HOSTILE not in page
    assert page.count("<img") == 0
    assert page.index('id="curves"') < page.index('id="more"')
    assert ".more { color: red; }" in page
    data = page.partition('id="comparison">')[2].partition("</script>")[0]
    told = json.loads(data)
    assert (told["heads"], told["sights"]) == ([], [])
    assert [(run["name"], run["events"], len(run["scores"])) for run in told["runs"]] == [(HOSTILE, [], 2), ("b", [], 0)]
    assert "default-src 'none'" in page
    assert "connect-src" not in page
