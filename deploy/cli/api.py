"""The HTTP API as the commands need it: one request that waits out a busy or restarting server."""

import ipaddress
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

BUSY = (429, 502, 503, 504)
FIRST_PATIENCE = 2.0  # seconds for a server that never answered: more often a wrong address than a restart
_LONGEST_PAUSE = 5.0
_ANSWER_TIME = 15.0  # seconds beyond the `wait` that a request asked for
_KEY = re.compile(r"cp_[A-Za-z0-9_-]{1,200}")
_ERRNO = re.compile(r"^\[Errno -?[0-9]+\] ")


class ServerUnavailableError(Exception):
    """The server cannot be reached, or is too busy. The message is for the user."""


class RequestRefusedError(Exception):
    """The server answered with a problem. The message is for the user."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Server:
    """A CodePortal server. `patience` is how many seconds a request is repeated while the server is lost or busy."""

    url: str
    client: httpx.Client
    patience: float
    notify: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    answered: bool = field(default=False, init=False)

    def get(self, path: str, wait: float | None = None) -> Any:
        """The JSON at `path`; `wait` in seconds holds the answer until the job there is done."""
        return self._json(self.request("GET", path, wait=wait))

    def post(self, path: str, body: Mapping[str, Any], key: str, wait: float | None = None) -> Any:
        """The JSON answer to `body`; `key` makes a repetition after a lost answer the same job."""
        return self._json(self.request("POST", path, json=body, headers={"Idempotency-Key": key}, wait=wait))

    def delete(self, path: str) -> None:
        """Ask for `path` to be cancelled."""
        self.request("DELETE", path)

    def request(self, method: str, path: str, *, wait: float | None = None, **options: Any) -> httpx.Response:
        """The answer of the server, which is not busy. Raises ServerUnavailableError, RequestRefusedError."""
        started = self.now()
        attempt, told = 0, ""
        while True:
            try:
                response = self._once(method, path, wait, options)
            except httpx.TransportError as error:
                reason, pause = _in_words(error), 0.1 * 2**attempt
                patience = self.patience if self.answered else min(self.patience, FIRST_PATIENCE)
            else:
                if response.status_code not in BUSY:
                    return _accepted(response)
                reason, pause = f"it answers {_problem(response)}", _retry_after(response, 0.5 * 2**attempt)
                patience = self.patience
            pause = min(pause, _LONGEST_PAUSE) * random.uniform(1.0, 1.2)  # noqa: S311 - spreads retries, no secret
            if self.now() + pause - started > patience:
                raise ServerUnavailableError(f"{self.url} does not serve us: {reason}")
            if reason != told:
                self.notify(f"{self.url}: {reason}; trying again")
                told = reason
            self.sleep(pause)
            attempt = min(attempt + 1, 10)

    def once(self, path: str) -> httpx.Response:
        """A single GET, whatever its status. Raises ServerUnavailableError."""
        try:
            return self._once("GET", path, None, {})
        except httpx.TransportError as error:
            raise ServerUnavailableError(f"{self.url} does not serve us: {_in_words(error)}") from error

    def _once(self, method: str, path: str, wait: float | None, options: Mapping[str, Any]) -> httpx.Response:
        parameters = {} if wait is None else {"wait": f"{round(wait * 1000)}ms"}
        timeout = httpx.Timeout(_ANSWER_TIME + (wait or 0.0), connect=5.0)
        response = self.client.request(method, path, params=parameters, timeout=timeout, **options)
        self.answered = True
        return response

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise RequestRefusedError(f"{self.url} answers no JSON: is it a CodePortal server?", 0) from error


def open_server(url: str, patience: float, notify: Callable[[str], None], key: str = "") -> Server:
    """The server at `url`, spoken to with the API key, if there is one. Raises ValueError for what is no URL or key."""
    parsed = _parse_url(url)
    headers = {"Accept": "application/json"}
    if key:
        if not _KEY.fullmatch(key):
            raise ValueError("CODEPORTAL_API_KEY holds no API key: they begin with cp_")
        headers["Authorization"] = f"Bearer {key}"
    # A proxy from the environment cannot reach this machine's own loopback address.
    client = httpx.Client(base_url=parsed, trust_env=not _is_loopback(parsed.host), headers=headers)
    return Server(url.rstrip("/"), client, patience, notify)


def _parse_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{url!r} is not a URL such as http://127.0.0.1:8080") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError(f"{url!r} is not a URL such as http://127.0.0.1:8080")
    return parsed


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    raise RequestRefusedError(_problem(response), response.status_code)


def _retry_after(response: httpx.Response, default: float) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else default


def _in_words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return _ERRNO.sub("", str(error)) or type(error).__name__


def _problem(response: httpx.Response) -> str:
    """What an RFC 9457 answer says, with the fields that it names."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return f"{response.status_code} {response.reason_phrase}"
    lines = [str(problem.get("detail") or problem.get("title") or response.reason_phrase)]
    lines += [f"  {_field_problem(each)}" for each in problem.get("errors") or ()]
    return f"{response.status_code}: " + "\n".join(lines)


def _field_problem(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    field_name = error.get("field") or error.get("pointer") or ""
    return f"{field_name}: {error.get('reason') or error.get('detail') or error}"
