"""The suite under gVisor: the same images and rows, with expectations of their own where the kernel is another."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.stack.profiles import GVISOR_SECCOMP
from tests.hostile import at_agent
from tests.hostile.row import LANGUAGES, Row, problems, rows
from tests.hostile.second_engine import engine_with_runsc
from tests.integration.agent.containers import PROFILES, Runner, Variation, image, runner

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]

LONG = os.environ.get("CODEPORTAL_LONG") == "1"
HERE = LANGUAGES if LONG else ("python",)
PROFILE = {"sysctls": {}, "seccomp": GVISOR_SECCOMP}
HELD = [row for row in rows() if row.without == "in_flight"]
SLOWER = 2
"""How much longer a program may take: each system call is traced."""


@pytest.fixture(scope="module")
def engine() -> Iterator[tuple[str, ...]]:
    with engine_with_runsc([image(language) for language in HERE]) as engine:
        yield engine


@pytest.mark.parametrize("language", HERE)
def test_every_row_holds_under_gvisor(engine: tuple[str, ...], language: str, tmp_path: Path) -> None:
    """`sysctls` are not asked for: gVisor has a network of its own that knows none."""
    under = Variation(PROFILE, ("--runtime=runsc",), engine=engine)
    with runner(language, tmp_path, under) as place:
        failed = {str(row): found for row in chosen(language) if (found := broken(row, place))}
    assert not failed


def test_a_fork_bomb_that_never_ends_comes_to_its_end(engine: tuple[str, ...], tmp_path: Path) -> None:
    """Killed but not stopped first, one of five went on for longer than the agent waits."""
    row = next(row for row in rows() if row.language == HERE[0] and row.name == "a fork bomb that never ends")
    under = Variation(PROFILE, ("--runtime=runsc",), engine=engine)
    with runner(row.language, tmp_path, under) as place, closing(place.connect()) as client:
        answers = [at_agent.run(row, place, client, "agent", slower=SLOWER) for _ in range(10 if LONG else 2)]
    assert [answer.error for answer in answers] == [None] * len(answers)


@pytest.mark.parametrize("row", HELD, ids=lambda row: row.name)
def test_what_only_sockets_in_flight_hold_goes_with_the_runner(
    engine: tuple[str, ...], row: Row, tmp_path: Path
) -> None:
    """GVisor never frees them, so their job is the last of its runner, which is started anew."""
    under = Variation(PROFILE, ("--runtime=runsc",), engine=engine)
    with runner(row.language, tmp_path, under) as place, closing(place.connect()) as client:
        client.pings = True
        client.start(row.leave or row.code)
        client.receive_type("result")
        client.receive_type("unclean")


def chosen(language: str) -> list[Row]:
    """All rows; where time is short, a sixth of them, and all with an expectation of their own."""
    own = [row for row in rows() if row.language == language and row not in HELD]
    return [row for number, row in enumerate(own) if LONG or number % 6 == 0 or row.leave is not None]


def broken(row: Row, place: Runner) -> list[str]:
    try:
        with closing(place.connect()) as client:
            answer = at_agent.run(row, place, client, "agent", slower=SLOWER)
    except (OSError, TimeoutError, AssertionError) as error:
        return [f"no answer: {error}; {place.state()}"]
    expected = row.gvisor or row.expected
    return [found for found in problems(expected, answer) if not found.startswith("took")]


def test_a_row_with_another_expectation_says_why() -> None:
    assert all(row.reason for row in rows() if row.gvisor is not None)
    assert set(LANGUAGES) == set(PROFILES)
