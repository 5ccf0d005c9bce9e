"""`python -m tests.benchmarks`: what is fast here, or should be, next to what it is compared with, in one run.

A hello world through HTTP beside a bare interpreter, `docker exec` and `docker run`; where a job's time and its CPU
time go; the edge alone; the stream machinery alone. Tables, and JSON beside them.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvloop

from tests.benchmarks import edge, idle, portal_load, report, streams
from tests.benchmarks.baselines import measure, starters
from tests.benchmarks.containers import Meter, idle_memory, meter_for
from tests.benchmarks.hello import HELLOS, Hello
from tests.benchmarks.idle import Idle
from tests.benchmarks.measurement import Measurement

CLIENTS = (1, 4, 16, 64)
PARTS = ("jobs", "edge", "streams")
_BAD = "{wrong} answers were wrong and {refused} refused: such figures are worth nothing, and are not written\n"


def parser() -> argparse.ArgumentParser:
    default = os.environ.get("CODEPORTAL_URL") or "http://127.0.0.1:8080"
    result = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    result.add_argument("--url", default=default, help="the running service (default: CODEPORTAL_URL, now %(default)s)")
    result.add_argument("--json", metavar="FILE", type=Path, help="write the figures there, too, when all is right")
    result.add_argument("--quick", action="store_true", help="a fifth of the time, for a first look")
    result.add_argument("--part", action="append", choices=PARTS, help="only this one (may be repeated)")
    result.add_argument("--language", action="append", choices=[each.language for each in HELLOS], help="only this one")
    result.add_argument(
        "--clients", type=int, action="append", metavar="N", help=f"clients at once (default: {CLIENTS})"
    )
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1, and nothing written, when an answer was wrong or refused."""
    arguments = parser().parse_args(argv)
    if arguments.json and not arguments.json.parent.is_dir():
        parser().error(f"--json {arguments.json}: there is no directory {arguments.json.parent}")
    load, share = os.getloadavg()[0], 0.2 if arguments.quick else 1.0
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "jobs": lambda: _jobs(arguments, share),
        "edge": lambda: _edge(share),
        "streams": lambda: _streams(share),
    }
    figures: dict[str, Any] = {}
    for name in arguments.part or PARTS:
        figures |= parts[name]()
    if (remark := report.busy_remark(load)) is not None:
        sys.stdout.write(remark + "\n")
    if figures.get("wrong") or figures.get("refused"):
        sys.stderr.write(_BAD.format(wrong=figures.get("wrong", 0), refused=figures.get("refused", 0)))
        return 1
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(arguments.url, load, figures), indent=2) + "\n")
    return 0


def _jobs(arguments: argparse.Namespace, share: float) -> dict[str, Any]:
    chosen = [each for each in HELLOS if not arguments.language or each.language in arguments.language]
    meter, memory = meter_for(arguments.url), idle_memory(arguments.url)
    measurements: list[Measurement] = []
    steps: dict[str, dict[str, float]] = {}
    for hello in chosen:
        found = _idle(hello, arguments.url, share)
        steps[hello.language] = found.steps
        for each in (*found.measurements, *_loads(hello, arguments.url, arguments.clients or CLIENTS, share, meter)):
            measurements.append(each)
            sys.stderr.write(f"{each.language}: {each.what}: p50 {each.p50:.1f} ms\n")
    tables = (report.render(measurements), report.steps(steps), report.cpu(measurements), report.memory(memory))
    sys.stdout.write("\n\n".join(filter(None, tables)) + "\n")
    return {
        "measurements": [report.with_ratios(each, measurements) for each in measurements],
        "steps_ms": steps,
        "idle_runner_mib": memory,
        "wrong": sum(each.wrong for each in measurements),
    }


def _idle(hello: Hello, url: str, share: float) -> Idle:
    with starters(hello) as found:
        return uvloop.run(idle.measure(url, hello, found, max(int(hello.starts * share), 5)))


def _loads(hello: Hello, url: str, clients: Sequence[int], share: float, meter: Meter) -> Iterator[Measurement]:
    with starters(hello) as found:
        for starter in found:
            yield measure(hello, starter, share)
    uvloop.run(portal_load.measure(url, hello, 2, 0.5))  # warms up; no figure
    for count in clients:
        yield uvloop.run(portal_load.measure(url, hello, count, 5.0 * share, meter))


def _edge(share: float) -> dict[str, Any]:
    if shutil.which("wrk") is None:
        sys.stderr.write("the edge is left out: there is no wrk on this machine\n")
        return {}
    loads = edge.measure((16, 64), max(int(8 * share), 2))
    sys.stdout.write(f"\n{edge.render(loads)}\n")
    figures = [{**asdict(each), "times_bare": round(edge.ratio(each, loads), 3)} for each in loads]
    return {"edge": figures, "refused": sum(each.refused for each in loads)}


def _streams(share: float) -> dict[str, Any]:
    figures = streams.run(int(20_000 * share))
    sys.stdout.write(f"\n{streams.render(figures)}\n")
    return {"streams": [asdict(each) for each in figures]}


if __name__ == "__main__":
    sys.exit(main())
