"""`python -m tests.benchmarks`: a hello world through HTTP next to what it costs without us, in one run."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvloop

from tests.benchmarks import portal_load, report
from tests.benchmarks.baselines import baselines
from tests.benchmarks.hello import HELLOS, Hello
from tests.benchmarks.measurement import Measurement

CLIENTS = (1, 4, 16, 64)


def parser() -> argparse.ArgumentParser:
    default = os.environ.get("CODEPORTAL_URL") or "http://127.0.0.1:8080"
    result = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    result.add_argument("--url", default=default, help="the running service (default: CODEPORTAL_URL, now %(default)s)")
    result.add_argument("--json", metavar="FILE", type=Path, help="write the figures there, too")
    result.add_argument("--quick", action="store_true", help="a fifth of the time, for a first look")
    result.add_argument("--language", action="append", choices=[each.language for each in HELLOS], help="only this one")
    result.add_argument(
        "--clients", type=int, action="append", metavar="N", help=f"clients at once (default: {CLIENTS})"
    )
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 when an answer was wrong."""
    arguments = parser().parse_args(argv)
    chosen = [each for each in HELLOS if not arguments.language or each.language in arguments.language]
    share = 0.2 if arguments.quick else 1.0
    load = os.getloadavg()[0]
    measurements: list[Measurement] = []
    for hello in chosen:
        for each in _all(hello, arguments.url, arguments.clients or CLIENTS, share):
            measurements.append(each)
            sys.stderr.write(f"{each.language}: {each.what}: p50 {each.p50:.1f} ms\n")
    sys.stdout.write("\n".join(filter(None, (report.render(measurements), report.busy_remark(load)))) + "\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(arguments.url, measurements, load), indent=2) + "\n")
    return 1 if any(each.wrong for each in measurements) else 0


def _all(hello: Hello, url: str, clients: Sequence[int], share: float) -> Iterator[Measurement]:
    yield from baselines(hello, share)
    uvloop.run(portal_load.measure(url, hello, 2, 0.5))  # warms up; no figure
    for count in clients:
        yield uvloop.run(portal_load.measure(url, hello, count, 5.0 * share))


if __name__ == "__main__":
    sys.exit(main())
