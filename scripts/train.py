"""Train an agent, with saliency maps of its heads on the way: saccade train --env Enduro"""

from collections.abc import Sequence

from saccade.scripts.door import call_of, open_door


def main(words: Sequence[str], program: str) -> None:
    """Train, or go on with a run."""
    from saccade.experiments import Console, resume, train
    from saccade.scripts.options.number_words import check_numbers
    from saccade.scripts.options.refused_words import parsed
    from saccade.scripts.options.train_options import TrainOptions
    from saccade.scripts.train_words import ABOUT, options_in, read_words
    from saccade.scripts.word_types import registry

    reporter = Console()
    options = parsed(TrainOptions, read_words(words), program, description=ABOUT, registry=registry)
    given = options_in(words)  # a word counts also if it says the default
    check_numbers(vars(options))
    if options.resume is None:
        result = train(options.config(), reporter=reporter)
    else:
        options.check_resumed(options.resume, given)
        result = resume(
            options.resume,
            total_timesteps=options.total_timesteps,
            device=options.device if "device" in given else None,
            wandb=options.wandb,
            progress=options.progress,
            keep_checkpoints=options.keep_checkpoints if "keep_checkpoints" in given else None,
            threads=options.threads,
            reporter=reporter,
        )
    if result.stopped:
        reporter.say(f"go on with: {call_of('train', '--resume', result.run)}")
    elif not result.scored:
        reporter.say(f"play the final games with: {call_of('train', '--resume', result.run)}")
    elif result.checkpoint.is_relative_to(result.run):  # not where a full disk has sent it
        reporter.say(f"scores: {call_of('evaluate', result.run)}")


if __name__ == "__main__":
    open_door(main)
