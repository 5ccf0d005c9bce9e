"""Hundreds of real programs give exactly their known outcome, exit status and output."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.corpus import Row, differences, load_corpus
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.corpus]

AT_ONCE = 4


@pytest.fixture(scope="module")
def corpus() -> list[Row]:
    directory = os.environ.get("CORPUS_DIR")
    if not directory:
        pytest.fail("CORPUS_DIR is not set: run deploy/test --corpus DIR, or name the directory", pytrace=False)
    return load_corpus(Path(directory))


def is_exempt(row: Row, python: str) -> bool:
    """Whether `row` is known to differ on the runner's Python."""
    return not row.same_on_3_13 and python.startswith("3.13.")


@pytest.mark.timeout(1800)
def test_every_program_gives_its_known_result(
    portal: Portal, corpus: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    """A few at a time; all mismatches are reported, not only the first."""
    python = portal.execute("python", "import platform; print(platform.python_version())")["stdout"]
    rows = [row for row in corpus if not is_exempt(row, python)]
    assert rows

    def judge(row: Row) -> list[str]:
        job = portal.execute(row.language, row.code, stdin=row.stdin, timeout=row.timeout)
        return [f"{row.name}: {difference}" for difference in differences(row, job)]

    mismatches = []
    with ThreadPoolExecutor(AT_ONCE) as threads, capsys.disabled():
        for done, found in enumerate(threads.map(judge, rows), 1):
            mismatches += found
            if done % 50 == 0 or done == len(rows):
                sys.stdout.write(f"\n  corpus: {done} of {len(rows)} programs, {len(mismatches)} mismatches")
                sys.stdout.flush()
    assert not mismatches, "\n".join(mismatches)
