"""Maps on the things of games, from what object_maps.py writes into results/objects."""

from functools import partial

from saccade.scripts.benchmarks.objects.tables import GAMES, change_table, claim_table, game_table, runs_table

TABLES = {
    "objects-runs": runs_table,
    "objects-claim": claim_table,
    "objects-change": change_table,
    **{f"objects-{game}": partial(game_table, game) for game in GAMES},
}
