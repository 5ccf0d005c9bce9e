"""The composition root of the deploy programs: arguments, signals, and failures as one line."""

import argparse
import os
import signal
import sys
from types import FrameType
from typing import Protocol

from deploy.stack import doctor, down, scale, testing, up
from deploy.stack.console import Console
from deploy.stack.errors import DeployError


class Command(Protocol):
    """A module of this package that is one of the programs; its docstring is the help text."""

    def configure(self, parser: argparse.ArgumentParser) -> None: ...
    def main(self, console: Console, arguments: argparse.Namespace) -> int: ...


COMMANDS: dict[str, Command] = {"up": up, "down": down, "scale": scale, "doctor": doctor, "test": testing}
INTERRUPTED = 130


def main(words: list[str]) -> int:
    """Runs one command; its exit status. `words` starts with the command's name, which the bash entry gives."""
    name, *rest = words
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"deploy/{name}", description=command.__doc__)
    command.configure(parser)
    arguments = _parse(parser, rest, name)
    console = Console(sys.stdout)
    try:
        return command.main(console, arguments)
    except DeployError as error:
        sys.stderr.write(f"deploy/{name} failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"deploy/{name} was interrupted\n")
        return INTERRUPTED


def _parse(parser: argparse.ArgumentParser, words: list[str], name: str) -> argparse.Namespace:
    if name != "test":
        return parser.parse_args(words)
    arguments, rest = parser.parse_known_args(words)
    arguments.pytest_arguments = [word for word in rest if word != "--"]
    return arguments


def _settle_process() -> None:
    """Files that containers read need usual modes; SIGTERM and SIGHUP clean up as Ctrl-C does."""
    os.umask(0o022)
    os.environ.pop("PYTHONPATH", None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    _settle_process()
    sys.exit(main(sys.argv[1:]))
