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
from .seclusion import seclude
from .warm import Cold, NodeWarmer, PythonWarmer, Warmer

_DEFAULT_UID = 65534


def main() -> int:
    with open(layout.RUNTIME, encoding="utf-8") as file:
        runtime: dict[str, Any] = json.load(file)
    os.setgroups([])
    os.umask(0o022)
    seclude()
    loop = Loop()
    language = _language(runtime["language"])
    warmer = _warmer(runtime["language"], loop, os.environ.get("AGENT_WARM", "on"))
    place = Place(loop, find_cgroup(), Hunter(), warmer.tasks)
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


def _warmer(name: str, loop: Loop, warm: str) -> Warmer:
    if warm not in {"on", "off"}:
        sys.exit(f"AGENT_WARM={warm!r}: expected on or off")
    makers: dict[str, Callable[[Loop], Warmer]] = {"python": PythonWarmer, "javascript": NodeWarmer}
    return makers[name](loop) if warm == "on" and name in makers else Cold()


def _listen() -> socket.socket:
    """The socket, which shows under its name only once it takes connections."""
    unnamed = f"{layout.SOCKET}.new"
    listener = _bound(unnamed)
    try:
        os.rename(unnamed, layout.SOCKET)
    except PermissionError:  # gVisor renames no socket of the host: whoever comes too early there comes again
        listener.close()
        os.unlink(unnamed)
        return _bound(layout.SOCKET)
    return listener


def _bound(path: str) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    listener.bind(path)
    os.umask(before)
    listener.listen(16)
    return listener


if __name__ == "__main__":
    sys.exit(main())
