"""`codeportal status`: whether the server is ready, and the state of each part it depends on."""

import argparse
import json
import sys
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
    """One line with the verdict, and a table of the parts below it."""
    rows = [_row(name, check) for name, check in answer.get("checks", {}).items()]
    return f"{url} is {'ready' if ready else 'NOT READY'}\n{table(('PART', 'OK', 'STATE', 'DETAIL'), rows)}"


def _row(name: str, check: dict[str, Any]) -> tuple[str, ...]:
    detail = (f"{key} {value}" for key, value in check.items() if key not in ("ok", "state"))
    return (name, "yes" if check.get("ok") else "NO", str(check.get("state", "")), ", ".join(detail))


STATUS = Command("status", "Show whether the server is ready; exit code 1 when it is not.", add_arguments, run)
