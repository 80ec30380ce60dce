"""Leads over contrast alone while an agent learns, from small files."""

from saccade.scripts.tables.markdown import NOTHING
from saccade.scripts.tables.saliency_maps.leads_in_training import FOLDER, MEASURES, leads

HEAD = "env_steps,mean_return,head,measure,lead,low,high\n"


def test_a_row_for_each_event_and_bold_where_the_interval_is_above_0(tmp_path):
    (tmp_path / FOLDER).mkdir(parents=True)
    events = ((10, "", -0.1), (2000, 3.25, 0.1))
    lines = [f"{steps},{mean},value,{m},0.5,{low},0.9\n" for steps, mean, low in events for m in MEASURES]
    lines += [f"10,,advantage,{m},-1,-2,-0.5\n" for m in MEASURES]
    (tmp_path / FOLDER / "pong-0.csv").write_text(HEAD + "".join(lines))
    assert leads(tmp_path)[2:] == [
        "| pong-0 | 10 | none yet |" + " +0.50 (-0.10 to +0.90) |" * 4,
        "| pong-0 | 2,000 | 3.2 |" + " **+0.50 (+0.10 to +0.90)** |" * 4,
    ]
    assert leads(tmp_path, "advantage")[2:] == ["| pong-0 | 10 | none yet |" + " -1.00 (-2.00 to -0.50) |" * 4]


def test_before_any_run(tmp_path):
    assert leads(tmp_path) == NOTHING
