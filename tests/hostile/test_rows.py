"""Every hostile program over HTTP against the real stack, and innocent ones beside them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.portal import Job, Portal
from tests.hostile.row import LANGUAGES, Answer, Row, problems, rows

pytestmark = [pytest.mark.e2e, pytest.mark.docker]

RUNNERS = 2  # of each language in the stack; a pair must meet in the same one
INNOCENT = {
    "python": "print(sum(range(1000)), input())",
    "javascript": "console.log(499500, require('fs').readFileSync(0, 'utf8').trim());",
    "go": 'package main\n\nimport "fmt"\n\nfunc main() { var s string; fmt.Scan(&s); fmt.Println(499500, s) }\n',
}
SINGLE = [row for row in rows() if row.leave is None]
PAIRS = [row for row in rows() if row.leave is not None]


@pytest.fixture(scope="module")
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def send(portal: Portal, row: Row) -> Job:
    more: dict[str, Any] = {"limits": row.limits} if row.limits else {}
    if row.timeout is not None:
        more["timeout"] = row.timeout
    return portal.execute(row.language, row.code, **more)


def answer(job: Job) -> Answer:
    return Answer(
        status=job["status"],
        stdout=(job["stdout"] or "").encode(),
        stderr=(job["stderr"] or "").encode(),
        signal=job["signal"],
        stage=job["stage"],
        truncated=any((job["truncated"] or {}).values()),
        duration_ms=job["duration_ms"] or 0.0,
        error=job["error"],
    )


def innocent(portal: Portal, language: str) -> tuple[str, str]:
    job = portal.execute(language, INNOCENT[language], stdin="hello", timeout="20s")
    return job["status"], job["stdout"]


@pytest.mark.parametrize("row", SINGLE, ids=str)
def test_a_hostile_program_gets_its_answer(portal: Portal, beside: ThreadPoolExecutor, row: Row) -> None:
    """And an innocent job beside it gets its own, as ever."""
    other = beside.submit(innocent, portal, row.language)
    assert problems(row.expected, answer(send(portal, row))) == []
    assert other.result() == ("succeeded", "499500 hello\n")


@pytest.mark.parametrize("row", PAIRS, ids=str)
def test_the_next_job_finds_nothing(portal: Portal, beside: ThreadPoolExecutor, row: Row) -> None:
    """In whichever runner."""
    assert row.leave is not None
    leaving = [beside.submit(portal.execute, row.language, row.leave) for _ in range(2 * RUNNERS)]
    assert "internal_error" not in {future.result()["status"] for future in leaving}
    looking = [beside.submit(send, portal, row) for _ in range(2 * RUNNERS)]
    assert [problems(row.expected, answer(future.result())) for future in looking] == [[]] * 2 * RUNNERS


def test_the_suite_is_large_and_covers_every_language() -> None:
    assert len(rows()) >= 100
    assert {row.language for row in SINGLE} == set(LANGUAGES) == {row.language for row in PAIRS}
