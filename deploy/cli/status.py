"""`codeportal status`: whether the server is ready, and the state of each part it depends on."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from deploy.cli.api import RequestRefusedError, Server
from deploy.cli.command import Command
from deploy.cli.terminal import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the server's answer as it is")


def run(arguments: argparse.Namespace, server: Server) -> int:
    """Print the state of each part; 1 when the server is not ready."""
    response = server.once("/health/ready")
    try:
        answer = response.json()
    except ValueError as error:
        raise RequestRefusedError(f"{server.url} answers no JSON: is it a CodePortal server?", 0) from error
    if response.status_code not in (200, 503) or not isinstance(answer, dict):
        raise RequestRefusedError(f"/health/ready answers {response.status_code}", response.status_code)
    text = json.dumps(answer, indent=2) if arguments.json else render(server.url, response.is_success, answer)
    sys.stdout.write(text + "\n")
    return 0 if response.is_success else 1


def render(url: str, ready: bool, answer: dict[str, Any]) -> str:
    """The parts as a table below one line with the verdict."""
    verdict = f"{url} is {'ready' if ready else 'NOT READY'}"
    parts = list(_parts(answer))
    return f"{verdict}\n{table(('PART', 'STATE', 'DETAIL'), parts)}" if parts else verdict


def _parts(answer: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every part below `answer`: a part is an object with a `status` or `state`, groups of them nest by name."""
    for name, value in answer.items():
        if isinstance(value, dict) and not _state(value):
            for part, state, detail in _parts(value):
                yield f"{name}/{part}", state, detail
        elif isinstance(value, dict):
            yield name, _state(value), _detail(value)
        elif isinstance(value, list):
            yield from _listed(name, value)


def _listed(name: str, values: list[Any]) -> Iterator[tuple[str, str, str]]:
    for value in values:
        if isinstance(value, dict):
            own = value.get("name") or value.get("language") or ""
            yield f"{name}/{own}", _state(value) or "-", _detail(value)


def _state(part: dict[str, Any]) -> str:
    for key in ("state", "status"):
        if isinstance(part.get(key), str):
            return str(part[key])
    if isinstance(part.get("ok"), bool):
        return "ok" if part["ok"] else "failing"
    return ""


def _detail(part: dict[str, Any]) -> str:
    shown = ((key, value) for key, value in part.items() if key not in ("state", "status", "ok", "name"))
    return ", ".join(f"{key}={value}" for key, value in shown if value not in (None, "", [], {}))


STATUS = Command("status", "Show whether the server is ready; exit code 1 when it is not.", add_arguments, run)
