"""Composition root of the agent: reads the environment, opens the socket, runs until told to stop."""

import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from . import layout
from .agent import Agent
from .cgroup import find_cgroup
from .execution import Place
from .golang import Go
from .hunter import Hunter
from .landlock import ruleset
from .languages import Language, javascript, python
from .loop import Loop
from .proc_usage import is_of_a_sandbox
from .seclusion import seclude
from .warm import Cold, GoWarmer, NodeWarmer, PythonWarmer, Warmer

_DEFAULT_UID = 65534
_MOST_LIVES = 10_000


def main() -> int:
    with open(layout.RUNTIME, encoding="utf-8") as file:
        runtime: dict[str, Any] = json.load(file)
    os.setgroups([])
    os.umask(0o022)
    seclude()
    loop = Loop()
    language = _language(runtime["language"])
    warmer = _warmer(language, runtime["language"], loop)
    place = Place(loop, find_cgroup(), Hunter(atomic=not is_of_a_sandbox()), warmer)
    agent = Agent(loop, place, language, warmer, runtime, (_DEFAULT_UID, _DEFAULT_UID))
    loop.watch_signals(agent.children_died, agent.drain)
    if ruleset() < 0:
        print(
            "no Landlock in this kernel: a job may have the agent killed in its place when memory runs out", flush=True
        )
    agent.prepare()
    listener = _listen()
    loop.on_readable(listener.fileno(), lambda: agent.accepted(listener.accept()[0]))
    loop.run()
    return agent.exit_code or 0


def _language(name: str) -> Language:
    makers: dict[str, Callable[[], Language]] = {"python": python, "javascript": javascript, "go": Go}
    return makers[name]()


def _warmer(language: Language, name: str, loop: Loop) -> Warmer:
    warm = os.environ.get("AGENT_WARM", "on")
    if warm not in {"on", "off"}:
        sys.exit(f"AGENT_WARM={warm!r}: expected on or off")
    if warm == "off":
        return Cold()
    if isinstance(language, Go):
        # A sandbox counts the files that they map as its own memory, which then looks like something that a job holds.
        return Cold() if is_of_a_sandbox() else GoWarmer(loop, language.standbys())
    return {"python": PythonWarmer, "javascript": NodeWarmer}[name](loop)


def _listen() -> socket.socket:
    """The socket, which shows under its name only once it takes connections.

    gVisor lets nobody rename or remove a socket of the host, not even that of an earlier life: each life takes the next
    free name there, `agent.sock.1` and so on, and executors take the newest.
    """
    unnamed = f"{layout.SOCKET}.new"
    try:
        listener = _bound(unnamed)
        os.rename(unnamed, layout.SOCKET)
    except PermissionError:
        return _bound_to_the_next(layout.SOCKET)
    return listener


def _bound_to_the_next(path: str) -> socket.socket:
    for life in range(_MOST_LIVES):
        with contextlib.suppress(PermissionError):
            return _bound(f"{path}.{life}" if life else path)
    sys.exit(f"{path} and {_MOST_LIVES} more are taken: empty the runner's socket directory")


def _bound(path: str) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    listener.bind(path)
    os.umask(before)
    listener.listen(128)  # connections that came and went wait here, too, and must not fill it
    return listener


if __name__ == "__main__":
    sys.exit(main())
