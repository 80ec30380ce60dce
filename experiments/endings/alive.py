"""Whether there is a process of a number on this machine."""

import os

import psutil


def is_alive(number: int) -> bool:
    """
    Whether there is such a process, also one of another user, and one that has ended and that nobody has waited for.

    :param number: of the process; one that no system gives is that of no process
    """
    try:
        if os.name != "posix":  # elsewhere this signal is Ctrl-C, or ends the process
            return psutil.pid_exists(number)
        # psutil also looks into /proc, and so it denies those that are hidden there from other users (hidepid).
        os.kill(number, 0)
    except PermissionError:  # of another user
        return True
    except (OSError, OverflowError):
        return False
    return True
