"""What a subcommand is: a name, its arguments, and what it does with a server."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from deploy.cli.api import Server


class UsageError(Exception):
    """The command was given something it cannot use. The message says what, and what to give instead."""


@dataclass(frozen=True)
class Command:
    """A subcommand. `run` returns the exit code."""

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Server], int]
    epilog: str = ""
    needs_server: bool = True  # whether it has the options that say where the HTTP API is
