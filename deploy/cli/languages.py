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


def render(answer: dict[str, Any]) -> str:
    """The languages as a table."""
    return table(("LANGUAGE", "ALIASES", "VERSIONS", "RUNNERS", "BUSY", "EXECUTORS"), map(_row, answer["languages"]))


def _row(language: dict[str, Any]) -> tuple[str, ...]:
    versions = (f"{name} {number}" for name, number in language["versions"].items())
    counts = (str(language[name]) for name in ("runners", "busy", "executors"))
    return (language["name"], ", ".join(language["aliases"]), ", ".join(versions), *counts)


LANGUAGES = Command("languages", "List what the server can run now.", add_arguments, run)
