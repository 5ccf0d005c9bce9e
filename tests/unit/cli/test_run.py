"""`codeportal run` behaves as the program would have behaved here."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from deploy.cli.__main__ import main
from tests.unit.cli.conftest import DEADLINE, Portal, job, problem

Captured = pytest.CaptureFixture[bytes]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "hello.py"
    path.write_text("print('hello')\n")
    return path


def run(portal: Portal, *arguments: object) -> int:
    return main(["run", "--server", portal.url, *map(str, arguments)])


def test_prints_output_and_ends_as_the_program(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """stdout, stderr and exit code are the program's; nothing is added."""
    portal.answer("POST", job("failed", exit_code=7, stdout="out é\n\0", stderr="err\n"))
    assert run(portal, program) == 7
    captured = capfdbinary.readouterr()
    assert (captured.out, captured.err) == ("out é\n\0".encode(), b"err\n")


def test_submits_what_was_given(portal: Portal, program: Path, tmp_path: Path) -> None:
    """Language by suffix, stdin from a file, the timeout as written, and a key that makes repeating safe."""
    (tmp_path / "input").write_text("1 2\n")
    portal.answer("POST", job())
    assert run(portal, program, "--stdin", tmp_path / "input", "--timeout", "2s") == 0
    [request] = portal.seen
    expected = {"language": "python", "code": "print('hello')\n", "stdin": "1 2\n", "timeout": "2s"}
    assert request.body == expected
    assert request.headers["idempotency-key"]


def test_sends_arguments_files_and_priority(portal: Portal, program: Path, tmp_path: Path) -> None:
    """Arguments that begin with a dash after `--`; a file by another name; bytes that are no text."""
    (tmp_path / "x.csv").write_text("1,ü")
    (tmp_path / "x.bin").write_bytes(b"\xff")
    portal.answer("POST", job())
    files = ("--file", f"data/a.csv={tmp_path}/x.csv", "--file", f"b={tmp_path}/x.bin")
    assert run(portal, *files, "--priority", "batch", "--arg=-n", program, "a b", "--", "--json", "-") == 0
    body = portal.seen[0].body
    assert (body["args"], body["priority"]) == (["-n", "a b", "--json", "-"], "batch")
    assert body["files"] == [
        {"path": "data/a.csv", "content": "1,ü"},
        {"path": "b", "content": "/w==", "encoding": "base64"},
    ]


def test_a_file_that_cannot_be_read_is_2(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    assert run(portal, "--file", "absent.csv", program) == 2
    assert b"cannot read absent.csv" in capfdbinary.readouterr().err
    assert portal.seen == []


@pytest.mark.parametrize(
    ("suffix", "language"), [("go", "go"), ("js", "javascript"), ("mjs", "javascript"), ("py", "python")]
)
def test_language_follows_the_suffix(portal: Portal, tmp_path: Path, suffix: str, language: str) -> None:
    """Every suffix of a supported language is known."""
    (tmp_path / f"main.{suffix}").write_text("")
    portal.answer("POST", job())
    run(portal, tmp_path / f"main.{suffix}")
    assert portal.seen[0].body["language"] == language


def test_language_option_wins(portal: Portal, program: Path) -> None:
    """The server knows the languages; whatever is given goes there."""
    portal.answer("POST", job())
    run(portal, program, "--language", "node")
    assert portal.seen[0].body["language"] == "node"


def test_waits_until_the_job_is_done(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """Where a server tells no events, a job is asked for again and again, holding the request each time."""
    portal.answer("POST", job("queued"))
    portal.answer("GET", problem(404, "there is nothing here"), job("running"), job("succeeded", stdout="done\n"))
    assert run(portal, program) == 0
    assert [each.path for each in portal.seen[1:]] == ["/v1/execute/abc/events", *["/v1/execute/abc"] * 2]
    assert all(each.query["wait"] == "30000ms" for each in portal.seen[2:])
    assert capfdbinary.readouterr().out == b"done\n"


def told(*events: tuple[str, str, Any], cut: bytes = b"") -> Response:
    """A stream of events: name, id, data; it may break off in the middle of another one."""
    said = "retry: 1000\n\n: heartbeat\n\n" + "".join(
        f"event: {name}\nid: {mark}\ndata: {json.dumps(data)}\n\n" for name, mark, data in events
    )
    return Response(said.encode() + cut, media_type="text/event-stream")


def running(attempt: int = 1) -> tuple[str, str, Any]:
    return "status", f"{attempt}-0", {"status": "running", "at": None, "attempt": attempt}


def done(stdout: str = "", stderr: str = "", **changes: Any) -> tuple[str, str, Any]:
    return "done", "1-18446744073709551615", json.loads(bytes(job(stdout=stdout, stderr=stderr, **changes).body))


def test_output_is_shown_as_it_is_told(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """Both streams, each character once, and what only the verdict has at the end."""
    portal.answer("POST", job("running"))
    portal.answer(
        "GET",
        told(running(), ("stdout", "1-1", {"text": "é\n"}), ("stderr", "1-2", {"text": "e"}), done("é\nend", "err")),
    )
    assert run(portal, program) == 0
    captured = capfdbinary.readouterr()
    assert (captured.out, captured.err) == ("é\nend".encode(), b"err")
    assert [each.path for each in portal.seen] == ["/v1/execute", "/v1/execute/abc/events"]


def test_a_broken_stream_goes_on_where_it_was(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """With the id of the last whole event; a busy server is asked again."""
    portal.answer("POST", job("queued"))
    portal.answer(
        "GET",
        told(running(), ("stdout", "1-1", {"text": "a"}), cut=b"event: stdout\nid: 1-2\ndata: {"),
        problem(503, "starting"),
        told(("stdout", "1-2", {"text": "b"}), done("ab")),
    )
    assert run(portal, program) == 0
    assert capfdbinary.readouterr().out == b"ab"
    assert [each.headers.get("last-event-id") for each in portal.seen[1:]] == [None, "1-1", "1-1"]


def test_another_attempt_is_said_to_begin_anew(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    portal.answer("POST", job("running"))
    portal.answer(
        "GET",
        told(running(), ("stdout", "1-1", {"text": "ab"}), running(2), ("stdout", "2-1", {"text": "a"}), done("abc")),
    )
    assert run(portal, program) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == b"ababc"
    assert b"run again (attempt 2)" in captured.err


def test_when_events_stop_the_rest_is_waited_for(
    portal: Portal, program: Path, capfdbinary: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only what was not shown yet is printed."""
    monkeypatch.setattr("deploy.cli.events._FIRST_PAUSE", 0.001)
    portal.answer("POST", job("running"))
    cut = told(running(), ("stdout", "1-1", {"text": "ab"}))
    portal.answer("GET", cut, *[problem(503, "away")] * 8, job(stdout="abcd"))
    assert run(portal, program) == 0
    assert capfdbinary.readouterr().out == b"abcd"
    assert portal.seen[-1].path == "/v1/execute/abc"


def test_json_waits_without_listening(portal: Portal, program: Path) -> None:
    portal.answer("POST", job("running"))
    portal.answer("GET", job())
    assert run(portal, program, "--json") == 0
    assert [each.path for each in portal.seen] == ["/v1/execute", "/v1/execute/abc"]
    assert all(each.query["wait"] == "30000ms" for each in portal.seen)


@pytest.mark.parametrize("status", [429, 503])
def test_busy_server_is_asked_again(portal: Portal, program: Path, capfdbinary: Captured, status: int) -> None:
    """Retry-After is kept, and the repetition has the same key."""
    portal.answer("POST", problem(status, "the queue is full", "0"), job(stdout="ok"))
    portal.answer("GET", job())
    assert run(portal, program) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == b"ok"
    assert b"the queue is full; trying again" in captured.err
    assert portal.seen[0].headers["idempotency-key"] == portal.seen[1].headers["idempotency-key"]


def test_server_that_stays_busy_is_69(portal: Portal, program: Path) -> None:
    """Patience ends, also when Retry-After would go beyond it."""
    portal.answer("POST", problem(429, "the queue is full", "30"))
    assert run(portal, program, "--patience", "1s") == 69
    assert len(portal.seen) == 1


def test_unreachable_server_is_69(program: Path, capfdbinary: Captured) -> None:
    """The line names the server."""
    assert main(["run", str(program), "--server", "http://127.0.0.1:1", "--patience", "50ms"]) == 69
    assert b"http://127.0.0.1:1 does not serve us" in capfdbinary.readouterr().err


def test_refused_request_is_2_and_says_why(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """Every field that the server names is shown."""
    errors = [{"field": "timeout", "reason": "larger than 60s"}]
    portal.answer("POST", problem(400, "the request is not valid", errors=errors))
    assert run(portal, program, "--timeout", "2m") == 2
    assert b"timeout: larger than 60s" in capfdbinary.readouterr().err


def test_other_servers_are_noticed(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """Something else that answers 200 on the port is told apart."""
    portal.answer("POST", PlainTextResponse("hi"))
    assert run(portal, program) == 70
    assert b"is it a CodePortal server?" in capfdbinary.readouterr().err


def test_compile_error_shows_the_compiler(portal: Portal, tmp_path: Path, capfdbinary: Captured) -> None:
    """Its stderr and its exit code."""
    (tmp_path / "main.go").write_text("package main\n")
    said = "./main.go:1:1: no\n"
    portal.answer("POST", job("compile_error", compile={"exit_code": 1, "stdout": "", "stderr": said}))
    assert run(portal, tmp_path / "main.go") == 1
    assert capfdbinary.readouterr().err == said.encode()


@pytest.mark.parametrize(
    ("status", "code", "remark"),
    [
        ("timeout", 124, b"timeout: it took too long\n"),
        ("cpu_limit", 152, b"cpu limit: it took too long\n"),
        ("memory_limit", 137, b"memory limit: it took too long\n"),
        ("cancelled", 130, b"cancelled: it took too long\n"),
        ("internal_error", 70, b"internal error: it took too long\n"),
    ],
)
def test_limits_are_said(
    portal: Portal, program: Path, capfdbinary: Captured, status: str, code: int, remark: bytes
) -> None:
    """What the output cannot show stands on stderr, after the partial output."""
    portal.answer("POST", job(status, stdout="partial", error="it took too long"))
    assert run(portal, program) == code
    captured = capfdbinary.readouterr()
    assert captured.out == b"partial"
    assert remark in captured.err


def test_signal_and_truncation_are_said(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """One line for both."""
    portal.answer("POST", job("failed", signal="SIGSEGV", truncated={"stdout": True, "stderr": False}))
    assert run(portal, program) == 139
    assert b"ended by SIGSEGV; stdout cut at the server's limit\n" in capfdbinary.readouterr().err


def test_json_prints_the_answer(portal: Portal, program: Path, capfdbinary: Captured) -> None:
    """And the exit code stays the program's."""
    portal.answer("POST", job("failed", exit_code=3, stdout="x"))
    assert run(portal, program, "--json") == 3
    assert b'"stdout": "x"' in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("hello.rb", (), b"hello.rb: no language known"),
        ("absent.py", (), b"cannot read"),
        ("latin.py", (), b"latin.py is not UTF-8 (byte 0)"),
    ],
)
def test_wrong_files_are_2(
    portal: Portal, tmp_path: Path, capfdbinary: Captured, name: str, arguments: tuple[str, ...], complaint: bytes
) -> None:
    """Nothing is sent."""
    (tmp_path / "hello.rb").write_text("")
    (tmp_path / "latin.py").write_bytes(b"\xe9")
    assert run(portal, tmp_path / name, *arguments) == 2
    assert complaint in capfdbinary.readouterr().err
    assert portal.seen == []


@pytest.mark.parametrize("arguments", [("--timeout", "2"), ("--timeout", "0s"), ("--patience", "soon")])
def test_wrong_durations_are_2(portal: Portal, program: Path, arguments: tuple[str, ...]) -> None:
    """The parser refuses them before anything is sent."""
    with pytest.raises(SystemExit) as exit_info:
        run(portal, program, *arguments)
    assert exit_info.value.code == 2


def test_an_api_key_of_the_environment_goes_with_every_request(
    portal: Portal, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEPORTAL_API_KEY", "cp_abc_def-1\n")
    portal.answer("POST", job("queued"))
    portal.answer("GET", job())
    assert run(portal, program) == 0
    assert {each.headers["authorization"] for each in portal.seen} == {"Bearer cp_abc_def-1"}
    assert len(portal.seen) > 1


def test_without_a_key_none_is_sent(portal: Portal, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEPORTAL_API_KEY", raising=False)
    portal.answer("POST", job())
    run(portal, program)
    assert "authorization" not in portal.seen[0].headers


@pytest.mark.parametrize("key", ["password", "cp_", "cp_a b", "cp_\u00e9"])
def test_what_is_no_key_is_2_and_not_sent_or_said(
    portal: Portal, program: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Captured, key: str
) -> None:
    monkeypatch.setenv("CODEPORTAL_API_KEY", key)
    assert run(portal, program) == 2
    said = capfdbinary.readouterr().err
    assert b"CODEPORTAL_API_KEY" in said
    assert key == "cp_" or key.encode() not in said
    assert portal.seen == []


@pytest.mark.parametrize("url", ["nowhere", "ftp://host", "http://", "http://[::1"])
def test_wrong_server_is_2(program: Path, url: str) -> None:
    """A URL that cannot be one is no reason to retry."""
    assert main(["run", str(program), "--server", url]) == 2


def command(portal: Portal, program: Path) -> list[str]:
    return [sys.executable, "-m", "deploy.cli", "run", str(program), "--server", portal.url]


@contextmanager
def interruptible(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that Ctrl-C reaches, though these tests run in the background of a shell, which would ignore it."""
    heeding = signal.signal(signal.SIGINT, signal.default_int_handler)  # what is handled here is heeded there
    try:
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, heeding)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_interrupt_cancels_the_job(portal: Portal, program: Path) -> None:
    """Ctrl-C: DELETE, and exit code 130."""
    portal.answer("POST", job("running"))
    portal.answer("GET", job("running"))
    portal.answer("DELETE", job("running"))
    with interruptible(command(portal, program)) as process:
        assert portal.arrived.wait(DEADLINE)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
    assert (portal.seen[-1].method, portal.seen[-1].path) == ("DELETE", "/v1/execute/abc")


def test_interrupt_before_the_first_answer_cancels_too(portal: Portal, program: Path) -> None:
    """The same idempotency key asks for the job's id again, so that it can be cancelled."""
    portal.answer("POST", job("running"))
    portal.answer("DELETE", job("running"))
    portal.hold()
    with interruptible(command(portal, program)) as process:
        assert portal.arrived.wait(DEADLINE)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
    assert [each.method for each in portal.seen] == ["POST", "POST", "DELETE"]
    assert portal.seen[0].headers["idempotency-key"] == portal.seen[1].headers["idempotency-key"]
    assert "wait" not in portal.seen[1].query


def test_terminal_shows_progress(portal: Portal, program: Path) -> None:
    """A line that is gone again when the output comes."""
    portal.answer("POST", job("queued"))
    portal.answer("GET", told(running(), done()))
    ours, theirs = pty.openpty()
    process = subprocess.run(command(portal, program), stderr=theirs, check=False, timeout=DEADLINE)
    shown = os.read(ours, 10_000)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert b"queued" in shown
    assert b"running" in shown
    assert shown.endswith(b"\r\x1b[K")
