"""Who may ask: the token, and the pages from which a browser's requests may come.

A browser sends requests for any page that it shows, also to this machine. Three things stop those:

- Without a token only a Host header that names this machine is answered. A page whose own name was made to mean
  127.0.0.1 (DNS rebinding) sends its own name.
- A request with an Origin (every POST of a browser has one) must come from a page of ours.
- The cookie that stands for the token is sent by our own pages only (SameSite=Strict), and no script can read it.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unetkit.serving.address import is_loopback
from unetkit.serving.problem import Problem, noting_the_end
from unetkit.serving.token import is_token

COOKIE = "unetkit_token"
_OPEN = frozenset({"/health"})  # tells nothing but that it runs
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Stands before an application; refuses with 401 and 403.

    Args:
        application: what is guarded.
        token: that has to be shown, as `Authorization: Bearer`, as `?token=` of a page or as the cookie that this
            page sets; None: everybody on this machine may ask.
        port: tells cookies of two servers on one machine apart, for browsers do not.
    """

    def __init__(self, application: ASGIApp, token: str | None, port: int) -> None:
        self._application = application
        self._token = token
        self._cookie = f"{COOKIE}_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = Headers(scope=scope)
        receive = noting_the_end(scope, receive)
        problem = self._refused(scope, headers)
        if problem is not None:
            await problem.response()(scope, receive, send)
            return
        cookie = self._new_cookie(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                if cookie:
                    answer.append("set-cookie", cookie)
            await send(message)

        await self._application(scope, receive, send_guarded)

    def _refused(self, scope: Scope, headers: Headers) -> Problem | None:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if self._token is None and not is_loopback(host_name(host)):
            return Problem(403, f"this server answers to 127.0.0.1 and localhost only, received Host {host!r}")
        if origin is not None and origin.partition("://")[2] != host:
            return Problem(403, f"requests from pages of {origin!r} are not allowed")
        if self._token is None or scope["path"] in _OPEN or self._is_shown(scope, headers, self._token):
            return None
        return Problem(
            401, "a token is needed: Authorization: Bearer TOKEN, as printed at the start", www_authenticate="Bearer"
        )

    def _is_shown(self, scope: Scope, headers: Headers, token: str) -> bool:
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer" and is_token(shown.strip(), token):
            return True
        if is_token(_cookies(headers).get(self._cookie, ""), token):
            return True
        return scope["method"] in _SAFE_METHODS and is_token(_in_query(scope), token)

    def _new_cookie(self, scope: Scope) -> str | None:
        """Of a page that was opened with the token in its address: it is good for what the page asks for."""
        if self._token is None or not _in_query(scope):
            return None
        return f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"


def host_name(host: str) -> str:
    """A Host header without its port, and a number of IPv6 without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _in_query(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get("token", [""])[0]


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}
