"""What the same hello world costs without us: a bare interpreter, `docker exec`, `docker run`."""

import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.hello import Hello
from tests.benchmarks.measurement import Measurement, summarise

_LOOP = Path(__file__).with_name("timing_loop.py")
_DEADLINE = 300
_INSIDE_PYTHON = ("/opt/agent/bin/python3.13", "-I", "-S", "-")
_AT_ONCE = 2


def baselines(hello: Hello, share: float) -> Iterator[Measurement]:
    """Every baseline that this machine can measure; `share` of the usual number of starts."""
    starts = max(int(hello.starts * share), 4)
    program = _program(hello.bare[0])
    if program:
        yield _on_host(hello, (program, *hello.bare[1:]), f"{' '.join(hello.bare[:2])}, host", starts)
    if shutil.which("docker") is None or not _has_image(hello):
        return
    with _container(hello) as name:
        yield _inside(hello, name, starts)
        yield _on_host(hello, ("docker", "exec", name, *_placed(hello, name)), "docker exec", max(starts // 2, 4))
    run = ("docker", "run", "--rm", "--network", "none", "--entrypoint", "", _image(hello), *hello.inside)
    if hello.file is None:
        yield _on_host(hello, run, "docker run", max(starts // 10, 3))


def _program(name: str) -> str | None:
    """Where `name` is: the system's own before others in PATH, which may be a version manager's slow scripts."""
    return shutil.which(name, path="/usr/bin:/usr/local/bin") or shutil.which(name)


def _on_host(hello: Hello, argv: tuple[str, ...], what: str, starts: int) -> Measurement:
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/LANE.go" if hello.file and argv[0] != "docker" else None
        return _measure(hello, what, (sys.executable, str(_LOOP)), None, argv, path, starts)


def _inside(hello: Hello, name: str, starts: int) -> Measurement:
    start = ("docker", "exec", "-i", name, *_INSIDE_PYTHON)
    path = "/tmp/LANE.go" if hello.file else None
    what = f"{Path(hello.inside[0] if hello.file is None else 'go run').name}, runner image"
    return _measure(hello, what, start, _LOOP.read_bytes(), hello.inside, path, starts)


def _measure(
    hello: Hello,
    what: str,
    start: tuple[str, ...],
    script: bytes | None,
    argv: tuple[str, ...],
    path: str | None,
    starts: int,
) -> Measurement:
    task = {"argv": argv, "program": hello.file if path else None, "path": path}
    _run(start, script, {**task, "count": _AT_ONCE, "parallel": 1})  # fills the caches, the disk's and the compiler's
    alone = _run(start, script, {**task, "count": starts, "parallel": 1})
    together = _run(start, script, {**task, "count": starts, "parallel": _AT_ONCE})
    rate = starts / together["elapsed"]
    return Measurement(hello.language, what, **summarise(alone["seconds"]), jobs_per_second=rate, clients=_AT_ONCE)


def _run(start: tuple[str, ...], script: bytes | None, task: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run([*start, json.dumps(task)], input=script, capture_output=True, check=False, timeout=_DEADLINE)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(task['argv'])}: {done.stderr.decode()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _placed(hello: Hello, name: str) -> tuple[str, ...]:
    """The command for `docker exec`, which cannot write a file first: one program, written once."""
    if hello.file is None:
        return hello.inside
    program = hello.file.replace('"TOKEN"', "os.Args[1]").replace('import "fmt"', 'import ("fmt"; "os")')
    subprocess.run(
        ["docker", "exec", "-i", name, "tee", "/tmp/once.go"],
        input=program.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return (*(word.replace("PATH", "/tmp/once.go") for word in hello.inside), "TOKEN")


def _image(hello: Hello) -> str:
    return f"codeportal-runner-{hello.language}:latest"


def _has_image(hello: Hello) -> bool:
    return (
        subprocess.run(["docker", "image", "inspect", _image(hello)], check=False, capture_output=True).returncode == 0
    )


@contextmanager
def _container(hello: Hello) -> Iterator[str]:
    """A container of the runner's image that only waits, with no limits that a bare start would not have."""
    name = f"codeportal-benchmark-{uuid.uuid4().hex[:12]}"
    argv = ["docker", "run", "-d", "--rm", "--init", "--network", "none", "--name", name, "--entrypoint", "sleep"]
    subprocess.run([*argv, _image(hello), "infinity"], check=True, capture_output=True)
    try:
        yield name
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True)
