"""Where browsers' requests come from: whose pages may act for a logged-in person, and whose may call the API at all."""

from starlette.requests import Request

from http_edge.problems import Problem

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})  # of Sec-Fetch-Site; none: the person themselves


class SameOrigin:
    """Refuses requests that another site's page made (CSRF). Nothing that the front end would have to carry along."""

    def __init__(self, public_url: str) -> None:
        self._public = public_url

    def require(self, request: Request) -> None:
        """For requests that a cookie gives power to: raises Problem unless an unsafe one proves to be our page's."""
        if request.method in _SAFE:
            return
        origin = request.headers.get("origin")
        if origin is None:
            site = request.headers.get("sec-fetch-site")
            if site not in _OWN_SITES:
                raise _foreign("it does not say which page made it (Origin)")
        else:
            self._check(origin, request)

    def refuse_foreign(self, request: Request) -> None:
        """For requests that need no cookie, such as a login: raises Problem when another site's page made it."""
        origin = request.headers.get("origin")
        if origin is not None and request.method not in _SAFE:
            self._check(origin, request)

    def _check(self, origin: str, request: Request) -> None:
        if origin == self._public:
            return
        scheme, _, host = origin.partition("://")
        # Behind a proxy we do not know our own scheme, but a foreign page cannot have our host.
        if scheme in ("http", "https") and host and host == request.headers.get("host"):
            return
        raise _foreign(f"it comes from a page of {origin[:100]!r}")


def _foreign(reason: str) -> Problem:
    return Problem(403, f"A request with a session must come from this site: {reason}. Programs use API keys.")
