"""Whom the kernel takes when a container's memory runs out: the job, what waits beside the agent, never the agent."""

import time
from contextlib import closing

import pytest

from tests.integration.agent.conftest import Runners

pytestmark = pytest.mark.docker

SCORES = "for p in /proc/[0-9]*; do echo $(cat $p/comm $p/oom_score_adj); done"
TINY = {"python": "print(1)", "javascript": "", "go": "package main\n\nfunc main() {}\n"}
DEADLINE = 5.0


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("python", {"agent 0", "agent 400", "python3 500", "python3 1000"}),
        ("javascript", {"agent 0", "agent 400", "node 1000"}),
        ("go", {"agent 0", "agent 400", "compile 1000", "link 1000"}),
    ],
)
def test_what_can_be_made_again_goes_before_the_agent(runners: Runners, language: str, expected: set[str]) -> None:
    place, found = runners.get(language), set[str]()
    with closing(place.connect()) as client:
        client.run(TINY[language])
        deadline = time.monotonic() + DEADLINE
        while found != expected and time.monotonic() < deadline:  # what waits for the next job is being made
            lines = place.root("sh", "-c", SCORES).splitlines()
            found = {line for line in lines if not line.startswith(("sh ", "cat "))}
    assert found == expected
