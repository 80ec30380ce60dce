"""The server in a thread of its own, from a socket that listens to its end."""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ConfigError
from .guard import LOOPBACK
from .server import application
from .watched_run import WatchedRun
from .watched_sweep import WatchedSweep

MISSING = "watch needs starlette and uvicorn; install them with pip install 'saccade-rl[watch]'"
EVERYWHERE = ("0.0.0.0", "::")
PATIENCE = 1  # seconds that an answer has at the end


@contextmanager
def served(watched: WatchedRun | WatchedSweep, host: str, port: int) -> Iterator[tuple[str, threading.Event]]:
    """
    While the block runs, the page is there. The server has a thread of its own, so that this works in notebooks too, and the block
    ends it at once.

    :param watched: what is to be seen
    :param host: to listen on
    :param port: to listen on; 0 for a free one
    :return: the address with its token, and what is set when the server has ended. (No thread to join, because Ctrl-C while
        Python 3.11 joins a thread makes it take the thread for an ended one.)
    :raises ConfigError: if the server cannot listen there, or if its packages are missing
    """
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError as error:
        raise ConfigError(MISSING) from error
    token = secrets.token_urlsafe(24)
    with _listening(host, port) as listener:
        settings = uvicorn.Config(
            application(watched, token, host),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
        )
        server = uvicorn.Server(settings)
        shown = socket.gethostname() if host in EVERYWHERE else f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/{token}/"
        ended = threading.Event()

        def serve() -> None:
            try:
                server.run(sockets=[listener])
            finally:
                ended.set()

        thread = threading.Thread(target=serve, name="saccade watch", daemon=True)
        thread.start()
        try:
            yield address, ended
        finally:
            server.should_exit = True
            if ended.wait(PATIENCE + 1):
                thread.join()


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that the address is known before the server starts."""
    try:
        if not host:
            raise OSError("it is empty")
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"{host!r} is not an address of this machine; leave it out to listen on {LOOPBACK[0]}", option="host"
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere this would share the port with another program
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if port == 0:
            raise ConfigError(f"{host!r} is not an address to listen on: {error.strerror}", option="host") from error
        raise ConfigError(
            f"{port} cannot be used on {host}: {error.strerror}; leave it out for a free one", option="port"
        ) from error
    return listener
