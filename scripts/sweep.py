"""Many trainings from one file: saccade sweep sweep.yml"""

from collections.abc import Sequence

from saccade.scripts.door import call_of, open_door
from saccade.scripts.options.standard_output import fail


def main(words: Sequence[str], program: str) -> None:
    """Train many runs, or go on with them."""
    from saccade.experiments import Console, sweep
    from saccade.scripts.options.refused_words import parsed
    from saccade.scripts.options.sweep_options import SweepOptions

    options = parsed(SweepOptions, words, program)
    reporter = Console(progress=options.progress)
    result = sweep(
        options.file,
        resume=options.resume,
        output=options.output,
        executor=options.executor,  # type: ignore[arg-type]  # sweep checks it
        ray_address=options.ray_address,
        reporter=reporter,
    )
    if not result.is_complete:
        reporter.say(f"go on with: {call_of('sweep', '--resume', result.folder)}")
    if result.logs:
        names = ", ".join(map(str, result.logs[:5])) + ("" if len(result.logs) <= 5 else ", ...")
        fail(f"{len(result.logs)} of {len(result.outcomes)} runs failed; what they said: {names}", status=1)
    if not (result.is_complete or result.stopped):
        fail("some runs were stopped from outside before their end", status=1)


if __name__ == "__main__":
    open_door(main)
