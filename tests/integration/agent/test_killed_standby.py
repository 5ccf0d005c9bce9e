"""A waiting process that is killed is done without, also where it has its order already: nothing of the job ran in it.

The kernel does that, too: these are what it takes first when memory runs out.
"""

import time
from contextlib import closing

import pytest

from tests.integration.agent.agent_client import Client, Header
from tests.integration.agent.conftest import Runners
from tests.integration.agent.containers import Runner

pytestmark = pytest.mark.docker

DEADLINE = 10.0
ECHO = {
    "python": "import sys; print(sys.stdin.read(), end='')",
    "javascript": "process.stdin.pipe(process.stdout)",
    "go": 'package main\n\nimport ("io"; "os")\n\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n',
}
WAITING = {"python": ["python3"], "javascript": ["node"], "go": ["compile", "link"]}
ONES = [(language, name) for language, names in WAITING.items() for name in names]

EXPENDABLE = """
for p in /proc/[0-9]*; do
    [ "$(cat $p/oom_score_adj)" = 1000 ] && echo $(cat $p/comm) ${p#/proc/}
done
true
"""
KILL_WHEN_IT_HAS_ITS_ORDER = """
while [ "$2" ] && kill -0 $2; do :; done
kill -KILL $1
"""


def waiting(place: Runner, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    deadline = time.monotonic() + DEADLINE
    while sorted(found) != WAITING[language]:
        assert time.monotonic() < deadline, found
        words = place.root("sh", "-c", EXPENDABLE).split()
        found = dict(zip(words[::2], words[1::2], strict=True))
    return found


def killed(client: Client, place: Runner, language: str, name: str, stdin: bytes | None) -> None:
    """Begin a job, whose part of that name is killed between its order and its first step."""
    pids = waiting(place, language)
    place.root("sh", "-c", f"kill -STOP {pids[name]}")
    client.start(ECHO[language], stdin)
    client.receive_type("started")
    before = pids["compile"] if name == "link" else ""
    if stdin is None:
        client.send({"type": "stdin", "job": "job-2", "eof": True}, b"late")
    place.root("sh", "-c", KILL_WHEN_IT_HAS_ITS_ORDER, "sh", pids[name], before)


def first(client: Client, language: str) -> None:
    assert client.run(ECHO[language], b"first")["stdout"] == b"first"


@pytest.mark.parametrize(("language", "name"), ONES)
def test_the_job_starts_cold(runners: Runners, language: str, name: str) -> None:
    place = runners.get(language)
    with closing(place.connect()) as client:
        first(client, language)
        killed(client, place, language, name, b"from stdin")
        assert said(client.finish()) == ("exited", b"from stdin", None)
        first(client, language)


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_input_that_comes_late_is_not_lost_with_it(runners: Runners, language: str) -> None:
    place = runners.get(language)
    with closing(place.connect()) as client:
        first(client, language)
        killed(client, place, language, WAITING[language][0], None)
        assert said(client.finish()) == ("exited", b"late", None)


def said(result: Header) -> tuple[str, bytes, str | None]:
    return result["outcome"], result["stdout"], result["error"]
