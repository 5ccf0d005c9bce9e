"""Runs the agent inside a runner with one of its own defences switched off. No image has this file: tests mount it.

`weakened.py DEFENCE`, started by the agent's own interpreter.
"""
# ruff: noqa: SLF001 - taking the agent apart is what this is for

import dataclasses
import errno
import os
import pathlib
import sys
from collections.abc import Callable
from typing import Any

from agent import __main__ as program  # type: ignore[import-not-found]
from agent import agent, execution, hunter, job, landlock, layout, processes, stage, streams, warm
from agent import cleanup as cleanup_module


def uid() -> None:
    """Jobs keep root's uid."""
    parse = agent.parse_request
    agent.parse_request = lambda header, body: dataclasses.replace(parse(header, body), uid=0, gid=0)
    agent.any_of = lambda *_: False
    execution.any_listed = lambda _uid: False


def landlock_() -> None:
    landlock.ruleset.cache_clear()
    for module in (processes, warm):
        module.ruleset = lambda: -1


def precedence() -> None:
    processes.NICENESS = 0


def descriptors() -> None:
    """What the agent has open is inherited."""
    begin = processes._become

    def leaky(*arguments: Any) -> None:
        for number in range(3, 60):
            try:
                os.set_inheritable(number, True)
            except OSError:
                continue
        os.dup2(os.open(layout.RUNTIME, os.O_RDONLY), 60)
        begin(*arguments)

    processes._become = leaky


def environment() -> None:
    for known in (layout.ENVIRONMENT, layout.GO_ENVIRONMENT):
        known["AGENT_SECRET"] = "1"


def cleanup() -> None:
    agent.empty = lambda *_: []


def hunter_() -> None:
    """Whatever the main process leaves lives on."""
    hunter.Hunter.kill = lambda *_: True
    execution.any_listed = lambda _uid: False
    agent.any_of = lambda *_: False


def output() -> None:
    """All of the output is kept."""
    make = streams.Capture.__init__
    streams.Capture.__init__ = lambda self, loop, fd, _cap: make(self, loop, fd, 48 << 20)


def wall() -> None:
    bounds = job.bounds
    job.bounds = lambda limits: dataclasses.replace(bounds(limits), wall_ms=1000 + bounds(limits).wall_ms)
    cut = execution.Execution.cut
    execution.Execution.cut = lambda self, reason: cut(self, "cancelled" if reason == "timeout" else reason)


def compile_wall() -> None:
    """Compiling may take longer, and what ends it then is no limit."""
    rest_of = stage.CompileTotals.rest_of
    stage.CompileTotals.rest_of = lambda self, limits: dataclasses.replace(
        rest_of(self, limits), wall_ms=1000 + rest_of(self, limits).wall_ms
    )
    cut = execution.Execution.cut
    execution.Execution.cut = lambda self, reason: cut(self, "cancelled" if reason == "timeout" else reason)


def cpu() -> None:
    execution.Execution._look_at_cpu = lambda _self: None


def uncounted() -> None:
    execution.Execution._look_at_the_uncounted = lambda _self: None


def in_flight() -> None:
    """What only sockets in flight hold is left to the kernel, whenever it looks."""
    for module in (agent, execution, cleanup_module):
        module.free_in_flight = lambda: None
    execution._STREAMS_PATIENCE_S = 0
    cleanup_module.Unused.held = lambda _self: []


def locks() -> None:
    execution.Execution._look_at_locks = lambda _self: None


def names() -> None:
    """Names of processes are taken to be text."""

    def belongs(uid: str, directory: str) -> bool:
        lines = pathlib.Path(directory, "status").read_text(encoding="utf-8").splitlines()
        return any(line.startswith("Uid:") and uid in line.split()[1:] for line in lines)

    processes._belongs_to = belongs


def rlimits() -> None:
    job.rlimits = lambda _limits: {}


def seclusion() -> None:
    program.seclude = lambda: None


def kill() -> None:
    """Nothing dies, as if the kernel could not take it away."""
    execution._SWEEP_PATIENCE_S = 0.5
    hunter.Hunter.kill = lambda *_: True


def sweep() -> None:
    """What outlives a job is not noticed while its end is looked at."""
    hunter.Hunter.kill = lambda *_: True
    execution.any_listed = lambda _uid: False


def delete() -> None:
    """Nothing can be deleted."""
    cleanup_module._delete_entries = lambda *_: None


def room() -> None:
    """What a job left is deleted after its result only, and nothing goes before the agent when memory runs out."""
    job.Job._make_room = lambda *_: None
    hunter.HUNTER = processes.ZYGOTE = 0


def listing() -> None:
    """The names of a directory are all in memory before one of them is deleted."""
    delete_entries = cleanup_module._delete_entries

    def from_list(here: int, *levels: int) -> str | None:
        names = os.listdir(here)
        deeper: str | None = delete_entries(here, *levels)
        names.clear()
        return deeper

    cleanup_module._delete_entries = from_list


def look() -> None:
    """After a job the work directory cannot even be listed."""
    empty, calls = cleanup_module._empty_place, iter(range(100))

    def failing(place: str) -> bool:
        if place == layout.WORK and next(calls):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return bool(empty(place))

    cleanup_module._empty_place = failing


def nothing() -> None:
    """As in a runner."""


SWITCHES: dict[str, Callable[[], None]] = {
    "uid": uid,
    "landlock": landlock_,
    "precedence": precedence,
    "descriptors": descriptors,
    "environment": environment,
    "cleanup": cleanup,
    "hunter": hunter_,
    "output": output,
    "wall": wall,
    "compile_wall": compile_wall,
    "cpu": cpu,
    "uncounted": uncounted,
    "in_flight": in_flight,
    "locks": locks,
    "names": names,
    "rlimits": rlimits,
    "seclusion": seclusion,
    "kill": kill,
    "sweep": sweep,
    "delete": delete,
    "room": room,
    "listing": listing,
    "look": look,
}

if __name__ == "__main__":
    SWITCHES.get(sys.argv[1], nothing)()
    sys.exit(program.main())
