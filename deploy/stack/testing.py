"""`deploy/test`: sets up all that the tests need, then lint, types and every test. It disturbs no running stack."""

import argparse
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.stack import compose, down, engine, packages, record, stages, up, venv, web
from deploy.stack.command import attempt
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import LOG_DIR, ROOT, StackSettings
from deploy.stack.stages import Report

TEST_PROJECT = "codeportal-test-"
FAKETIME = "libfaketime"
REPORTS = ROOT / "tests" / ".artifacts"
NOTHING: dict[str, str] = {}
NOTHING_COLLECTED = 5  # pytest's exit status
MOST_WORKERS = 4
"""Each has a Redis, a PostgreSQL and containers of its own."""


@dataclass(frozen=True)
class Suite:
    """Tests that run together. `spread`: how over several processes; None: in one, as they share or measure things."""

    name: str
    places: tuple[str, ...]
    spread: Literal["loadfile", "load"] | None = None
    marks: str = ""


NEAR = Suite("near", ("tests/unit", "tests/integration", "tests/faults/simulation"), "loadfile")
STEPS = Suite("benchmarks", ("tests/benchmarks",))
FAULTS = Suite("faults", ("tests/faults/processes",), "load")
CONTAINERS = Suite("containers", ("tests/hostile",), "load", "not e2e")
STACK = Suite("stack", ("tests/e2e", "tests/hostile"), marks="e2e")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "deploy/test [--fast] [--corpus DIR] [--long] [pytest arguments]"
    parser.add_argument("--fast", action="store_true", help="leave out what needs images: the inner loop")
    parser.add_argument("--corpus", metavar="DIR", help="run the programs of DIR through the stack (or CORPUS_DIR)")
    parser.add_argument("--long", action="store_true", help="also the tests that take many minutes (CODEPORTAL_LONG=1)")


def main(console: Console, arguments: argparse.Namespace) -> int:
    corpus = corpus_dir(arguments.corpus or os.environ.get("CORPUS_DIR"))
    report = Report(console)
    try:
        _run(report, arguments, corpus)
    finally:
        report.close()
    return 0 if report.ok else 1


def corpus_dir(given: str | None) -> Path | None:
    """The corpus directory, absolute. Raises DeployError when one was named that is not there."""
    if not given:
        return None
    path = Path(given).resolve()
    if not path.is_dir():
        raise DeployError(f"CORPUS_DIR={given!r} is no directory: name one that is there, or unset it")
    return path


def marker_expression(fast: bool, corpus: Path | None, marks: str = "") -> str:
    """What pytest selects."""
    words = ((marks, bool(marks)), ("not docker", fast), ("not corpus", corpus is None))
    return " and ".join(word for word, applies in words if applies)


def workers(suite: Suite, long: bool) -> int:
    """How many processes run it. With containers, `long` tests are enough of a load by themselves."""
    if suite.spread is None or (long and suite is not NEAR):
        return 1
    return min(os.cpu_count() or 1, MOST_WORKERS)


def _run(report: Report, arguments: argparse.Namespace, corpus: Path | None) -> None:
    if not report.stage("environment", lambda: _environment(report.console)):
        return
    images = _images_meanwhile(report) if not arguments.fast else None
    _lint(report)
    variables = {"CODEPORTAL_LONG": "1"} if arguments.long else {}
    if corpus:
        variables["CORPUS_DIR"] = str(corpus)

    def test(suite: Suite, told: dict[str, str] = NOTHING) -> None:
        report.stage(suite.name, lambda: _pytest(suite, arguments, corpus, {**variables, **told}))

    if images is None:
        test(NEAR)
        test(STEPS)
        report.note("web, stack", "left out by --fast")
        return
    installed = web.check(report)
    # What measures time, or gives up after some, has the machine for itself.
    images_are_there = images()
    if installed:
        web.test(report)
    test(NEAR)
    test(STEPS)
    if images_are_there:
        test(FAULTS)
        test(CONTAINERS)
        _with_stack(report, test, journeys=installed)
    corpus_note = f"{corpus} ran with the stack" if corpus else "absent: CORPUS_DIR is not set"
    report.note("corpus", corpus_note)


def _environment(console: Console) -> str:
    for server, purpose in (("redis-server", "the tests' Redis"), ("prometheus", "the test that scrapes /metrics")):
        if shutil.which(server) is None:
            _install_server(console, server, purpose)
    if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        _install_server(console, "postgresql", "the tests' PostgreSQL")
    if not any(Path("/usr/lib").glob(f"*/faketime/{FAKETIME}.so.1")):
        packages.install(console, [FAKETIME], "the tests that set clocks")
    if shutil.which("runsc") is None:
        packages.install(console, ["runsc"], "gVisor, under which the hostile suite runs, too")
    venv.ensure(console)
    return ""


def _install_server(console: Console, name: str, purpose: str) -> None:
    """The tests start servers of their own: the one that the package starts would only be in somebody's way."""
    packages.install(console, [name], purpose)
    if Path("/run/systemd/system").is_dir():
        attempt(["systemctl", "disable", "--now", name])


def _lint(report: Report) -> None:
    checks = {
        "ruff": [venv.program("ruff"), "check", "."],
        "format": [venv.program("ruff"), "format", "--check", "."],
        "mypy": [venv.program("mypy")],
        "imports": [venv.program("lint-imports")],
    }
    if shutil.which("shellcheck"):
        checks["shellcheck"] = ["shellcheck", "-x", "--severity=warning", *_shell_scripts()]
    for name, argv in checks.items():
        report.stage(name, _checker(argv))


def _checker(argv: list[str]) -> Callable[[], str]:
    def check() -> str:
        code = venv.call(argv)
        if code != 0:
            raise DeployError(f"{Path(argv[0]).name} found something (exit status {code})")
        return ""

    return check


def _shell_scripts() -> list[str]:
    entries = [f"deploy/{name}" for name in ("up", "down", "scale", "doctor", "test", "lock")]
    libraries = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "deploy").rglob("*.sh"))]
    starters = ["deploy/images/redis/start-redis", "deploy/images/postgres/start-postgres"]
    return [".ci/run", *entries, *libraries, *starters]


def _images_meanwhile(report: Report) -> Callable[[], bool]:
    """Most of it is waiting for what is downloaded."""
    _sweep(report.console)
    return report.meanwhile("images", lambda: _images(report.console))


def _images(console: Console) -> str:
    engine.ensure(console)
    return f"{len(up.prepare_images(console))} images"


def _pytest(suite: Suite, arguments: argparse.Namespace, corpus: Path | None, variables: dict[str, str]) -> str:
    """Runs the tests of `suite`. Raises DeployError unless they all passed."""
    expression = marker_expression(arguments.fast, corpus, suite.marks)
    options = ["-W", "error", "-q", *(["-m", expression] if expression else [])]
    if (several := workers(suite, arguments.long)) > 1:
        options += ["-n", str(several), f"--dist={suite.spread}"]
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{suite.name}.xml"
    report.unlink(missing_ok=True)
    command = [venv.program("python"), "-m", "pytest", *suite.places, *options, *arguments.pytest_arguments]
    code = venv.call([*command, f"--junitxml={report}"], variables)
    counted = stages.counts(report)
    if code not in (0, NOTHING_COLLECTED):
        raise DeployError(f"{counted} (pytest's exit status {code}): {', '.join(stages.failures(report))}")
    return counted


def _with_stack(report: Report, test: Callable[[Suite, dict[str, str]], None], *, journeys: bool) -> None:
    """The stages that need a whole stack, against one of their own."""
    with ExitStack() as stack:
        up_and_running: list[StackSettings] = []

        def bring_up() -> str:
            up_and_running.append(stack.enter_context(_own_stack(report.console)))
            return up_and_running[0].url

        if not report.stage("stack up", bring_up):
            return
        told = {"CODEPORTAL_URL": up_and_running[0].url, "CODEPORTAL_PROJECT": up_and_running[0].project}
        test(STACK, told)
        if journeys:
            report.stage("journeys", lambda: web.journeys(report.console, told))


@contextmanager
def _own_stack(console: Console) -> Iterator[StackSettings]:
    """A stack for this run only, taken down whatever happens; the developer's variables do not reach it."""
    job_dir = Path(tempfile.mkdtemp(prefix=TEST_PROJECT))
    wanted = StackSettings(f"{TEST_PROJECT}{os.getpid()}", "127.0.0.1", _free_port(), job_dir, {})
    try:
        up.bring_up(console, wanted)
        yield wanted
    finally:
        _remove(console, wanted.state_dir)
        shutil.rmtree(job_dir, ignore_errors=True)


def _remove(console: Console, state_dir: Path) -> None:
    stack = record.load(state_dir)
    if stack is not None:
        console.say("stage", f"what the services wrote is in {compose.of(stack).keep_logs()}")
        down.take_down(console, stack, volumes=True)
        shutil.rmtree(stack.settings.job_dir, ignore_errors=True)
    shutil.rmtree(state_dir, ignore_errors=True)


def _sweep(console: Console) -> None:
    """Removes the logs of earlier test runs, and the stack of one that was killed before it could do so."""
    for state_dir in LOG_DIR.parent.glob(f"{TEST_PROJECT}*"):
        if not _alive(state_dir.name.removeprefix(TEST_PROJECT)):
            console.say("stage", f"removing what {state_dir.name} left behind")
            _remove(console, state_dir)
    for log in LOG_DIR.glob(f"{TEST_PROJECT}*.log"):
        if not _alive(log.name.removeprefix(TEST_PROJECT).partition("-")[0]):
            log.unlink()


def _alive(pid: str) -> bool:
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
