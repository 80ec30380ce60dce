"""Whether anybody listens at the address of a Ray cluster. Ray itself tries for twenty minutes before it says that nobody does."""

import re
import socket

from ..errors import SweepError

PATIENCE = 10.0  # seconds for a machine to answer
HOST_AND_PORT = re.compile(r"(?:ray://)?(?:\[(?P<literal>[^\]]+)\]|(?P<host>[^:/]+)):(?P<port>\d{1,5})/?")


def check_listens(address: str) -> None:
    """
    Check that a connection to the address can be opened. An address without a host and a port, such as ``auto``, is left to Ray.

    :param address: ``host:port`` or ``ray://host:port``; an IPv6 host stands in brackets
    :raises SweepError: if nobody listens there, or the host is not known
    """
    found = HOST_AND_PORT.fullmatch(address)
    if found is None:
        return
    try:
        socket.create_connection((found["literal"] or found["host"], int(found["port"])), timeout=PATIENCE).close()
    except (OSError, OverflowError, UnicodeError) as error:  # the latter two: no port and no name that could be
        raise SweepError(f"the Ray cluster {address} cannot be reached: {error}; see `ray status` on its first node") from error
