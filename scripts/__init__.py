"""The doors: command lines that read words, call a function of saccade.experiments and print what it says."""
