"""`codeportal languages`: what the server can run now."""

import argparse
import json
import sys
from typing import Any

from deploy.cli.api import Server
from deploy.cli.command import Command
from deploy.cli.terminal import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the server's answer as it is")


def run(arguments: argparse.Namespace, server: Server) -> int:
    """Print a line per language."""
    answer = server.get("/v1/languages")
    sys.stdout.write((json.dumps(answer, indent=2) if arguments.json else render(answer)) + "\n")
    return 0


def render(answer: Any) -> str:
    """The languages as a table."""
    languages = answer["languages"] if isinstance(answer, dict) else answer
    rows = [
        (
            str(each.get("name") or each.get("language")),
            ", ".join(each.get("aliases") or ()) or "-",
            _versions(each.get("versions") or {}),
            _runners(each.get("runners")),
        )
        for each in languages
    ]
    return table(("LANGUAGE", "ALIASES", "VERSIONS", "RUNNERS"), rows)


def _versions(versions: Any) -> str:
    if isinstance(versions, dict):
        return ", ".join(f"{name} {number}" for name, number in versions.items()) or "-"
    return ", ".join(map(str, versions)) or "-"


def _runners(runners: Any) -> str:
    if isinstance(runners, dict):
        return ", ".join(f"{count} {state}" for state, count in runners.items())
    return str(runners if runners is not None else "-")


LANGUAGES = Command("languages", "List what the server can run now.", add_arguments, run)
