"""Every language runs in its container, and the answers are exact."""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.portal import Job, Portal
from tests.e2e.programs import PROGRAMS, Program

pytestmark = [pytest.mark.e2e, pytest.mark.docker]

FIELDS = {
    "id",
    "language",
    "status",
    "created_at",
    "started_at",
    "finished_at",
    "stdout",
    "stderr",
    "exit_code",
    "signal",
    "compile",
    "stage",
    "duration_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "memory_source",
    "truncated",
    "attempts",
    "queue",
    "error",
}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: f"{program.language}-{program.name}")
def test_program_gets_its_exact_answer(portal: Portal, program: Program) -> None:
    """Status, output, exit code, signal, stage, truncation: all of it."""
    more = {} if program.timeout is None else {"timeout": program.timeout}
    if program.stdin:
        more["stdin"] = program.stdin
    job = portal.execute(program.language, program.code, **more)
    told = {name: _comparable(name, job[name], program) for name in program.answer}
    assert told == program.answer
    for name, pattern in program.patterns.items():
        assert re.fullmatch(pattern, job[name]), job[name]


def _comparable(name: str, value: Any, program: Program) -> Any:
    """A job's field without what varies: the compiler's duration, and the signal that ends a job at its limit."""
    if name == "compile" and value is not None:
        return {key: value[key] for key in ("exit_code", "stdout", "stderr")}
    if name == "signal" and program.answer["status"] == "timeout":
        return None
    return value


@pytest.mark.parametrize("language", ["python", "javascript", "go"])
def test_finished_job_has_every_field(portal: Portal, language: str) -> None:
    """The fields of the API and no others, with types and times that make sense."""
    programs = {
        "python": "print(1)",
        "javascript": "console.log(1)",
        "go": "package main\nfunc main() { println(1) }\n",
    }
    job = portal.execute(language, programs[language])
    assert job.keys() == FIELDS
    created, started, finished = (_utc(job[f"{name}_at"]) for name in ("created", "started", "finished"))
    assert created <= started <= finished
    assert 0 < job["duration_ms"] < 3000
    assert job["cpu_ms"] is None or 0 <= job["cpu_ms"] < 3000
    assert job["memory_peak_bytes"] is None or 1 << 16 < job["memory_peak_bytes"] < 1 << 30
    assert (job["memory_peak_bytes"] is None) == (job["memory_source"] is None)
    assert (job["compile"] is None) == (language != "go")
    assert portal.get(job["id"]).json() == job


def _utc(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    assert time.utcoffset() == timedelta(0)
    return time


@pytest.mark.parametrize(
    ("alias", "language", "code"),
    [
        ("py", "python", "print(1)"),
        ("js", "javascript", "console.log(1)"),
        ("node", "javascript", "console.log(1)"),
        ("nodejs", "javascript", "console.log(1)"),
        ("golang", "go", 'package main\nimport "fmt"\nfunc main() { fmt.Println(1) }\n'),
    ],
)
def test_alias_means_its_language(portal: Portal, alias: str, language: str, code: str) -> None:
    """The answer has the language's own name."""
    job = portal.execute(alias, code)
    assert (job["language"], job["stdout"], job["status"]) == (language, "1\n", "succeeded")


def test_timeout_is_measured_from_the_run(portal: Portal) -> None:
    """Compiling has a limit of its own, and the run gets all of what was asked for."""
    code = (
        'package main\n\nimport ("fmt"; "time")\n\nfunc main() { time.Sleep(700 * time.Millisecond); fmt.Println(1) }\n'
    )
    job = portal.execute("go", code, timeout="1s")
    assert (job["status"], job["stdout"]) == ("succeeded", "1\n")
    assert 700 <= job["duration_ms"] < 1000


def test_largest_stdin_arrives_whole(portal: Portal) -> None:
    """A mebibyte, every byte of it."""
    code = "import sys, hashlib; d = sys.stdin.buffer.read(); print(len(d), hashlib.sha256(d).hexdigest()[:8])"
    job = portal.execute("python", code, stdin="ab" * (1 << 19))
    expected = "1048576 " + hashlib.sha256(b"ab" * (1 << 19)).hexdigest()[:8]
    assert job["stdout"] == expected + "\n"


def test_jobs_leave_nothing_to_the_next(portal: Portal) -> None:
    """Files in every writable place are gone, whichever runner comes next."""
    leave = (
        "import os\nfor d in ('/tmp', '.', '/dev/shm'):\n"
        "  try: open(os.path.join(d, 'left'), 'w')\n"
        "  except OSError: pass"
    )
    look = "import os\nprint([d for d in ('/tmp', '.', '/dev/shm') if os.path.exists(os.path.join(d, 'left'))])"
    seen: list[Job] = []
    for _ in range(4):
        assert portal.execute("python", leave)["status"] == "succeeded"
        seen.append(portal.execute("python", look))
    assert [job["stdout"] for job in seen] == ["[]\n"] * 4
