"""Who may ask: only who knows the token, under a name of this machine, and no page of somebody else."""

import ipaddress
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]  # of ASGI

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",  # the token is part of the address
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/@\[\]]+)(:\d{1,5})?", re.ASCII)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Guard:
    """
    Passes on what may pass, without the token in its path, and sets headers that keep the answer to the page that asked.

    A web page of somebody else could reach the server through the reader's browser: under a name of its own that it points at this
    machine (DNS rebinding), or across origins. The first is refused by its host, the second by its origin and by the token.

    :param app: gets what may pass
    :param token: first part of every path
    :param host: that the server listens on
    """

    def __init__(self, app: App, token: str, host: str) -> None:
        self._app, self._token = app, token.encode()
        self._names = {*LOOPBACK, host.lower()}
        self._any_number = host not in LOOPBACK
        if self._any_number:
            self._names.add(socket.gethostname().lower())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """As ASGI calls it."""
        if scope["type"] != "http":  # no such thing is offered
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                missing = {name.encode(): value.encode() for name, value in HEADERS.items() if name.encode() not in given}
                message = {**message, "headers": [*message["headers"], *missing.items()]}
            await send(message)

        status, said = self._refusal(scope)
        if status:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(said)).encode())]
            await with_headers({"type": "http.response.start", "status": status, "headers": headers})
            await with_headers({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else said.encode()})
            return
        _, _, path = scope["path"].removeprefix("/").partition("/")
        rest = {key: value for key, value in scope.items() if key != "raw_path"}
        await self._app({**rest, "path": f"/{path}", "root_path": ""}, receive, with_headers)

    def _refusal(self, scope: Message) -> tuple[int, str]:
        """A status and why, or 0."""
        hosts, origins = ([value for key, value in scope["headers"] if key == name] for name in (b"host", b"origin"))
        if len(hosts) != 1 or not self._is_here(hosts[0].decode("latin-1")):
            return 421, "this server does not answer to that host name\n"
        if any(origin.lower() != b"http://" + hosts[0].lower() for origin in origins):
            return 403, "this server answers its own pages only\n"
        token, slash, _ = scope["path"].removeprefix("/").partition("/")
        if not secrets.compare_digest(token.encode("utf-8", "replace"), self._token) or not slash:
            return 404, "not found; saccade watch prints the address, with its token\n"
        return 0, ""

    def _is_here(self, host: str) -> bool:
        """Whether a host, with or without a port, is this machine. With SSH the port may be another one than the server's."""
        found = HOST.fullmatch(host.lower())
        if not found:
            return False
        name = found[1].strip("[]").removesuffix(".")
        return name in self._names or (self._any_number and _is_number(name))


def _is_number(name: str) -> bool:
    """Whether a host is an IP address, which no foreign page can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
