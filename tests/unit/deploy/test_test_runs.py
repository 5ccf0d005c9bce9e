"""The stages of `deploy/test` and their summary."""

import io
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import ROOT
from deploy.stack.stages import Report, counts, failures
from deploy.stack.testing import (
    CONTAINERS,
    FAULTS,
    MOST_WORKERS,
    NEAR,
    STACK,
    STEPS,
    Suite,
    corpus_dir,
    marker_expression,
    workers,
)

DEADLINE_S = 20.0


def report() -> tuple[Report, io.StringIO]:
    stream = io.StringIO()
    return Report(Console(stream)), stream


def fail() -> str:
    raise DeployError("3 failed")


def test_a_failed_stage_does_not_keep_the_next_from_running() -> None:
    run, stream = report()
    assert run.stage("lint", fail) is False
    assert run.stage("tests", lambda: "12 passed") is True
    run.close()
    assert not run.ok
    assert "12 passed" in stream.getvalue()
    assert stream.getvalue().rstrip().splitlines()[-1].startswith("deploy/test: FAILED: lint")


def test_an_interrupted_run_has_not_passed() -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    run, _ = report()
    with pytest.raises(KeyboardInterrupt):
        run.stage("tests", interrupted)
    assert not run.ok


def test_a_stage_beside_others_is_in_the_summary_where_it_was_waited_for() -> None:
    run, others = report()[0], Event()

    def build() -> str:
        assert others.wait(DEADLINE_S), "what follows did not run beside it"
        return "7 images"

    def lint() -> str:
        others.set()
        return ""

    images = run.meanwhile("images", build)
    assert run.stage("lint", lint) is True
    assert images() is True
    assert [(result.name, result.note.partition(" (")[0]) for result in run.results] == [
        ("lint", ""),
        ("images", "7 images"),
    ]


def test_a_stage_beside_others_fails_where_it_is_waited_for() -> None:
    run = report()[0]
    images = run.meanwhile("images", fail)
    assert run.stage("lint", lambda: "")
    assert images() is False
    assert not run.ok


def test_a_run_without_failures_passes() -> None:
    run, stream = report()
    run.stage("tests", lambda: "12 passed")
    run.note("corpus", "absent: CORPUS_DIR is not set")
    run.close()
    assert run.ok
    assert "absent" in stream.getvalue()


def test_an_unset_corpus_is_absent() -> None:
    assert corpus_dir(None) is None
    assert corpus_dir("") is None


def test_a_corpus_that_was_named_and_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="CORPUS_DIR"):
        corpus_dir(str(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("fast", "corpus", "expression"),
    [
        (False, Path("/corpora"), ""),
        (False, None, "not corpus"),
        (True, None, "not docker and not corpus"),
    ],
)
def test_what_is_left_out_is_deselected(fast: bool, corpus: Path | None, expression: str) -> None:
    assert marker_expression(fast, corpus) == expression


def test_a_suites_own_marks_are_kept() -> None:
    assert marker_expression(True, None, "not e2e") == "not e2e and not docker and not corpus"


@pytest.mark.parametrize(
    ("suite", "long", "expected"),
    [
        (NEAR, False, 3),
        (NEAR, True, 3),
        (FAULTS, False, 3),
        (FAULTS, True, 1),
        (CONTAINERS, True, 1),
        (STACK, False, 1),
    ],
)
def test_what_shares_or_measures_nothing_is_spread(
    suite: Suite, long: bool, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert workers(suite, long) == expected


def test_every_test_belongs_to_a_suite() -> None:
    """By its place; and of the places that two suites share, to exactly one of them."""
    suites = (NEAR, STEPS, FAULTS, CONTAINERS, STACK)
    places = [ROOT / place for suite in suites for place in suite.places]
    tests = list((ROOT / "tests").rglob("test_*.py"))
    assert [test for test in tests if not any(place in test.parents for place in places)] == []
    every = collected(STACK.places, "")
    assert every == sorted(collected(STACK.places, STACK.marks) + collected(CONTAINERS.places, CONTAINERS.marks))


def collected(places: tuple[str, ...], marks: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", marks, *places]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(line for line in said.splitlines() if "::" in line)


def test_many_processors_do_not_make_many_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert workers(NEAR, long=False) == MOST_WORKERS


def test_the_counts_come_from_pytests_report(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text('<testsuites><testsuite tests="9" failures="2" errors="1" skipped="0"/></testsuites>')
    assert counts(path) == "6 passed, 2 failed, 1 errors"


def test_a_missing_report_is_said(tmp_path: Path) -> None:
    assert counts(tmp_path / "absent.xml") == "no report"


def test_the_failures_are_named_as_pytest_names_them(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    broken = '<testcase name="test_b[1]"><failure/></testcase><testcase name="test_c"><error/></testcase>'
    cases = f'<testcase name="test_a"/>{broken}'
    path.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    assert failures(path) == ["test_b[1]", "test_c"]
    assert failures(tmp_path / "absent.xml") == []
