"""``python -m saccade`` does what the command ``saccade`` does. The folder has no ``__init__``: ``saccade`` is a namespace."""

from saccade.scripts.command import main

if __name__ == "__main__":
    main()
