"""What the server answers. It only reads, and only what the pages need."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...saliency.page.live.page import live_page
from .guard import App, Guard
from .sweep_page import sweep_page
from .watched_run import WatchedRun
from .watched_sweep import WatchedSweep

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

KINDS = {".png": "image/png", ".mp4": "video/mp4"}
RUN = "/run/{number:int}"


def application(watched: WatchedRun | WatchedSweep, token: str, host: str) -> App:
    """
    The server, as ASGI has it. It needs starlette.

    :param watched: what is to be seen
    :param token: first part of every path
    :param host: that the server listens on
    """
    from starlette.applications import Starlette
    from starlette.routing import Route

    of_sweep = isinstance(watched, WatchedSweep)
    before = RUN if of_sweep else ""
    answers: dict[str, Callable[[Request, WatchedRun], Response]] = {
        "/": _sub_page if of_sweep else _page,
        "/state": _state,
        "/image/{name}": _image,
        "/below": _below,
        "/file/{room}/{name}": _file,
    }
    routes = [Route(before + path, _of_run(watched, answer)) for path, answer in answers.items()]
    if isinstance(watched, WatchedSweep):
        sweep = watched
        routes += [
            Route("/", lambda request: _html(*sweep_page(sweep.name))),
            Route("/state", lambda request: _json(sweep.state())),
        ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False  # it would lead to an address without the token
    return Guard(app, token, host)


def _of_run(
    watched: WatchedRun | WatchedSweep, answer: "Callable[[Request, WatchedRun], Response]"
) -> "Callable[[Request], Response]":
    """An answer about the run that a path names. It is not a coroutine, so starlette calls it in a thread."""

    def answered(request: "Request") -> "Response":
        run = watched if isinstance(watched, WatchedRun) else watched.run(request.path_params["number"])
        return _not_found() if run is None else answer(request, run)

    return answered


def _page(request: "Request", run: WatchedRun) -> "Response":
    return _html(*live_page(run.name))


def _sub_page(request: "Request", run: WatchedRun) -> "Response":
    return _html(*live_page(run.name, back="../../"))


def _state(request: "Request", run: WatchedRun) -> "Response":
    asked = request.query_params
    try:
        event, score = int(asked.get("event", "0")), int(asked.get("score", "0"))
    except ValueError:
        return _plain("event and score are whole numbers", 400)
    return _json(run.state(asked.get("epoch", ""), event, score))


def _image(request: "Request", run: WatchedRun) -> "Response":
    image = run.image(request.path_params["name"])
    return _not_found() if image is None else _plain(image)


def _below(request: "Request", run: WatchedRun) -> "Response":
    return _plain(run.below())


def _file(request: "Request", run: WatchedRun) -> "Response":
    from starlette.responses import FileResponse

    path = run.file(request.path_params["room"], request.path_params["name"])
    return _not_found() if path is None else FileResponse(path, media_type=KINDS[path.suffix])


def _html(page: str, policy: str) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(page, headers={"content-security-policy": policy})


def _json(content: dict[str, Any]) -> "Response":
    from starlette.responses import Response

    return Response(json.dumps(content, allow_nan=False), media_type="application/json")


def _plain(text: str, status: int = 200) -> "Response":
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(text, status)


def _not_found() -> "Response":
    return _plain("not found", 404)
