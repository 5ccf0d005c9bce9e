"""`deploy/test`: sets up all that the tests need, then lint, types and every test. It disturbs no running stack."""

import argparse
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.stack import compose, down, engine, packages, record, stages, up, venv, web
from deploy.stack.command import attempt
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import LOG_DIR, ROOT, StackSettings
from deploy.stack.stages import Report

TEST_PROJECT = "codeportal-test-"
NEAR = ("tests/unit", "tests/integration", "tests/faults/simulation", "tests/benchmarks")
FAULTS = ("tests/faults/processes",)
STACK = ("tests/e2e", "tests/hostile")
FAKETIME = "libfaketime"
REPORTS = ROOT / "tests" / ".artifacts"
NOTHING_COLLECTED = 5  # pytest's exit status


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


def marker_expression(fast: bool, corpus: Path | None) -> str:
    """What pytest deselects."""
    left_out = (("not docker", fast), ("not corpus", corpus is None))
    return " and ".join(word for word, applies in left_out if applies)


def _run(report: Report, arguments: argparse.Namespace, corpus: Path | None) -> None:
    if not report.stage("environment", lambda: _environment(report.console)):
        return
    _lint(report)
    options = _pytest_options(arguments, corpus)
    variables = {"CODEPORTAL_LONG": "1"} if arguments.long else {}
    if corpus:
        variables["CORPUS_DIR"] = str(corpus)
    if arguments.fast:
        report.stage("unit+integr.", lambda: _pytest("near", NEAR, options, variables))
        report.note("web, stack", "left out by --fast")
        return
    installed = web.check(report)
    _sweep(report.console)
    images = report.stage("images", lambda: _images(report.console))
    report.stage("unit+integr.", lambda: _pytest("near", NEAR, options, variables))
    if images:
        report.stage("faults", lambda: _pytest("faults", FAULTS, options, variables))
        _with_stack(report, options, variables, journeys=installed)
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


def _images(console: Console) -> str:
    engine.ensure(console)
    return f"{len(up.prepare_images(console))} images"


def _pytest_options(arguments: argparse.Namespace, corpus: Path | None) -> list[str]:
    expression = marker_expression(arguments.fast, corpus)
    return ["-W", "error", "-q", *(["-m", expression] if expression else []), *arguments.pytest_arguments]


def _pytest(name: str, places: tuple[str, ...], options: list[str], variables: dict[str, str]) -> str:
    """Runs the tests under `places`. Raises DeployError unless they all passed."""
    here = [place for place in places if any((ROOT / place).rglob("test_*.py"))]
    if not here:
        return f"no tests yet in {', '.join(places)}"
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [venv.program("python"), "-m", "pytest", *here, *options]
    code = venv.call([*command, f"--junitxml={report}"], variables)
    counted = stages.counts(report)
    if code not in (0, NOTHING_COLLECTED):
        raise DeployError(f"{counted} (pytest's exit status {code}): {', '.join(stages.failures(report))}")
    return counted


def _with_stack(report: Report, options: list[str], variables: dict[str, str], *, journeys: bool) -> None:
    """The stages that need a whole stack, against one of their own."""
    with ExitStack() as stack:
        up_and_running: list[StackSettings] = []

        def bring_up() -> str:
            up_and_running.append(stack.enter_context(_own_stack(report.console)))
            return up_and_running[0].url

        if not report.stage("stack up", bring_up):
            return
        told = {"CODEPORTAL_URL": up_and_running[0].url, "CODEPORTAL_PROJECT": up_and_running[0].project}
        report.stage("stack", lambda: _pytest("stack", STACK, options, {**variables, **told}))
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
