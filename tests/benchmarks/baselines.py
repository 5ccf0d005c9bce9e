"""What the same hello world costs without us: a bare interpreter, `docker exec`, `docker run`."""

import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.hello import Hello
from tests.benchmarks.measurement import Measurement, summarise

_LOOP = Path(__file__).with_name("timing_loop.py")
_AGENTS_PYTHON = ("/opt/agent/bin/python3.13", "-I", "-S", "-c")
_AT_ONCE = 2


@dataclass
class Starter:
    """Starts one command whenever it is asked to, and says how long each start took. `cost`: starts it is good for."""

    what: str
    process: "subprocess.Popen[str]"
    share: float = 1.0

    def seconds(self, count: int = 1, parallel: int = 1) -> tuple[list[float], float]:
        """Of each start, and of all together."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"count": count, "parallel": parallel}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.what}: the command failed, see above")
        answer: dict[str, Any] = json.loads(line)
        if not answer["seconds"] and count > 1:
            raise RuntimeError(f"{self.what}: no start printed what it should")
        return answer["seconds"], answer["elapsed"]


@contextmanager
def starters(hello: Hello) -> Iterator[list[Starter]]:
    """Every baseline that this machine can measure, ready to start."""
    with ExitStack() as stack:
        found: list[Starter] = []
        directory = stack.enter_context(tempfile.TemporaryDirectory())

        def on_host(argv: tuple[str, ...], what: str, share: float = 1.0) -> None:
            path = f"{directory}/LANE.go" if hello.file and argv[0] != "docker" else None
            found.append(
                Starter(what, stack.enter_context(_loop(hello, (sys.executable, str(_LOOP)), argv, path)), share)
            )

        program = _program(hello.bare[0])
        if program:
            on_host((program, *hello.bare[1:]), f"{' '.join(hello.bare[:2])}, host")
        if shutil.which("docker") is not None and _has_image(hello):
            name = stack.enter_context(_container(hello))
            start = ("docker", "exec", "-i", name, *_AGENTS_PYTHON, _LOOP.read_text(encoding="utf-8"))
            path = "/tmp/LANE.go" if hello.file else None
            inside = stack.enter_context(_loop(hello, start, hello.inside, path))
            bare = Path(hello.inside[0] if hello.file is None else "go run").name
            found.append(Starter(f"{bare}, runner image", inside))
            on_host(("docker", "exec", name, *_placed(hello, name)), "docker exec", 0.5)
            if hello.file is None:
                run = ("docker", "run", "--rm", "--network", "none", "--entrypoint", "", image(hello))
                on_host((*run, *hello.inside), "docker run", 0.1)
        yield found


def measure(hello: Hello, starter: Starter, share: float) -> Measurement:
    """`share` of the usual number of starts, alone and two at once."""
    starts = max(int(hello.starts * share * starter.share), 4)
    starter.seconds(_AT_ONCE)  # fills the caches, the disk's and the compiler's
    alone, _ = starter.seconds(starts)
    together, elapsed = starter.seconds(starts, _AT_ONCE)
    rate = len(together) / elapsed
    return Measurement(hello.language, starter.what, **summarise(alone), jobs_per_second=rate, clients=_AT_ONCE)


def image(hello: Hello) -> str:
    return f"codeportal-runner-{hello.language}:latest"


def _program(name: str) -> str | None:
    """Where `name` is: the system's own before others in PATH, which may be a version manager's slow scripts."""
    return shutil.which(name, path="/usr/bin:/usr/local/bin") or shutil.which(name)


@contextmanager
def _loop(
    hello: Hello, start: tuple[str, ...], argv: tuple[str, ...], path: str | None
) -> Iterator["subprocess.Popen[str]"]:
    task = {"argv": argv, "program": hello.file if path else None, "path": path}
    pipe = subprocess.PIPE
    process = subprocess.Popen([*start, json.dumps(task)], stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


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


def _has_image(hello: Hello) -> bool:
    return (
        subprocess.run(["docker", "image", "inspect", image(hello)], check=False, capture_output=True).returncode == 0
    )


@contextmanager
def _container(hello: Hello) -> Iterator[str]:
    """A container of the runner's image that only waits, with no limits that a bare start would not have."""
    name = f"codeportal-benchmark-{uuid.uuid4().hex[:12]}"
    argv = ["docker", "run", "-d", "--rm", "--init", "--network", "none", "--name", name, "--entrypoint", "sleep"]
    subprocess.run([*argv, image(hello), "infinity"], check=True, capture_output=True)
    try:
        yield name
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True)
