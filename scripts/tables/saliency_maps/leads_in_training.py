"""Whether V's map gets ahead of contrast alone while an agent learns, from the saliency events of its training."""

from pathlib import Path

from saccade.scripts.tables.markdown import NOTHING, TO, read_csv, table, with_interval

FOLDER = "first-map/training"  # in results/: a CSV a run, of what progress.csv has of its saliency events
MEASURES = ("deletion_blur", "insertion_blur", "deletion_grey", "insertion_grey")


def leads(results: Path, head: str = "value") -> list[str]:
    """
    A row for each event of each run: the lead of the map shown first over contrast alone, by each measure and way of removal. Above
    0 the map is better, also for insertion.
    """
    rows = []
    for file in sorted((results / FOLDER).glob("*.csv")):
        events: dict[str, dict[str, dict[str, str]]] = {}
        for row in read_csv(results, f"{FOLDER}/{file.name}"):
            if row["head"] == head:
                events.setdefault(row["env_steps"], {})[row["measure"]] = row
        for steps, of in events.items():
            mean = of[MEASURES[0]]["mean_return"]
            about = [file.stem, f"{int(steps):,}", f"{float(mean):,.1f}" if mean else "none yet"]
            rows.append([*about, *(_lead(of[measure]) for measure in MEASURES)])
    head_row = ("run", "env steps", "mean return in training", *(measure.replace("_", ", ") for measure in MEASURES))
    return table(head_row, rows) if rows else NOTHING


def _lead(row: dict[str, str]) -> str:
    """With its interval; bold if that is above 0."""
    lead, low, high = (float(row[name]) for name in ("lead", "low", "high"))
    text = with_interval(lead, low, high, "{:+.2f}".format, TO)
    return f"**{text}**" if low > 0 else text


TABLES = {"first-map-leads": leads}
