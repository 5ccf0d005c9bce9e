"""The lease, cancelling, and what silence does."""

import socket
import time
from contextlib import closing

import pytest

from tests.integration.agent.agent_client import Client
from tests.integration.agent.conftest import Runners

pytestmark = pytest.mark.docker

FOREVER = "print('partial', flush=True)\nwhile True: pass"


def test_hello_names_the_language(python: Client) -> None:
    hello = python.hello
    assert (hello["type"], hello["protocol"], hello["language"], hello["uid"]) == ("hello", 1, "python", 65534)
    assert hello["versions"]["python"].startswith("3.13.")


def test_a_second_connection_is_refused(runners: Runners, python: Client) -> None:
    with closing(runners.get("python").connect()) as second:
        assert second.hello == {"type": "refused", "reason": "leased"}
        assert second.at_end()
    assert python.run("print(1)")["stdout"] == b"1\n"


def test_ping_is_answered_while_a_job_runs(python: Client) -> None:
    job = python.start(FOREVER)
    python.send({"type": "ping"})
    python.receive_type("pong")
    python.send({"type": "cancel", "job": job})
    python.finish()


def test_cancel_keeps_what_was_written(python: Client) -> None:
    job = python.start(FOREVER, live_after_ms=0)
    python.receive_type("output")
    python.send({"type": "cancel", "job": job})
    result = python.finish()
    assert (result["outcome"], result["stdout"]) == ("cancelled", b"partial\n")


def test_cancel_of_another_job_is_ignored(python: Client) -> None:
    python.start("import time; time.sleep(0.2); print(1)")
    python.send({"type": "cancel", "job": "job-of-somebody-else"})
    assert python.finish()["stdout"] == b"1\n"


def test_silence_kills_the_job(python: Client) -> None:
    python.start(FOREVER, limits={"wall_ms": 60_000})
    result = python.finish()
    assert result["outcome"] == "cancelled"
    assert result["error"] == "no word from the executor for 5 s"
    assert 5000 <= result["duration_ms"] < 8000


def test_silence_frees_an_idle_lease(runners: Runners) -> None:
    """An executor that is stopped must not keep its runners from others."""
    runner = runners.get("python")
    with closing(runner.connect()) as silent:
        assert silent.hello["type"] == "hello"
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with closing(runner.connect()) as other:
                if other.hello["type"] == "hello":
                    return
        pytest.fail("the lease was not freed")


def test_a_closed_connection_ends_the_job_and_frees_the_lease(runners: Runners) -> None:
    runner = runners.get("javascript")
    first = runner.connect()
    first.start("while (true);", limits={"wall_ms": 60_000})
    first.receive_type("started")
    first.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with closing(runner.connect()) as second:
            if second.hello["type"] == "hello":  # the job of the first is gone
                assert second.run("console.log(1)")["stdout"] == b"1\n"
                return
    pytest.fail("the lease was not freed")


def test_nonsense_closes_the_connection(runners: Runners) -> None:
    with closing(runners.get("python").connect()) as client:
        client.send({"type": "dance"})
        assert "unknown frame type 'dance'" in client.receive_type("refused")[0]["reason"]
        assert client.at_end()


def test_executors_that_die_before_they_are_greeted_do_no_harm(runners: Runners) -> None:
    runner = runners.get("python")
    for _ in range(50):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.connect(str(runner.socket))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with closing(runner.connect()) as client:
            if client.hello["type"] == "hello":
                assert client.run("print(1)")["stdout"] == b"1\n"
                return
    pytest.fail("the lease was not freed")
