"""What a runner's language needs: the file of the source, how it is compiled, how it is run."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from . import layout
from .execution import Ended
from .processes import Command
from .request import Request
from .streams import Written


@dataclass(frozen=True)
class Compiled:
    """The compile stage as a whole. `exit_code` 0: there is something to run."""

    exit_code: int
    stdout: Written
    stderr: Written


PROGRAM = "program"
"""The standby that becomes a program; others are named after the tool that they are."""

Compilation = Generator[Command, Ended, Compiled | None]


class Language(Protocol):
    """One tool chain."""

    source_name: str
    compiles: bool
    product: str | None
    """The one file that the compile stage leaves, where that alone can be run again; None: there is none such."""

    def compile(self, request: Request) -> Compilation:
        """Commands of the compile stage, one at a time; each is answered with how it ended."""

    def run(self, request: Request) -> Command:
        """The program, started cold."""


class Script:
    """A language without a compile stage."""

    compiles = False
    product: str | None = None

    def __init__(self, path: str, argv0: str, source_name: str) -> None:
        self.source_name = source_name
        self._path, self._argv = path, (argv0, source_name)

    def compile(self, request: Request) -> Compilation:
        del request
        yield from ()
        return None

    def run(self, request: Request) -> Command:
        argv = (*self._argv, *request.args)
        return Command(self._path, argv, layout.ENVIRONMENT, request.uid, request.gid, standby=PROGRAM)


def python() -> Script:
    return Script(layout.PYTHON, "python3", "main.py")


def javascript() -> Script:
    return Script(layout.NODE, "node", "main.js")
