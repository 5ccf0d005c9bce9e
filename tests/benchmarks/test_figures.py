"""What the benchmark writes for others to read: figures of right answers only, and what they were measured on."""

import json
import platform
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import __main__ as benchmark
from tests.benchmarks import report
from tests.benchmarks.measurement import Measurement


def measured(what: str, p50: float, *, wrong: int = 0) -> Measurement:
    return Measurement("python", what, p50, p50, p50, 10, wrong=wrong)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs the command over figures that are given instead of measured; its status, and what it wrote."""

    def run(**figures: Any) -> tuple[int, Any]:
        monkeypatch.setattr(benchmark, "_jobs", lambda *_: figures)
        target = tmp_path / "benchmark.json"
        status = benchmark.main(["--part", "jobs", "--json", str(target)])
        return status, json.loads(target.read_text("utf-8")) if target.exists() else None

    return run


def test_right_answers_are_written_with_the_machine(run: Any) -> None:
    status, written = run(measurements=[], wrong=0)
    assert status == 0
    assert written["measurements"] == []
    assert written["machine"].keys() == {"cpus", "processor", "kernel", "python", "load_before"}
    assert written["machine"]["processor"]


@pytest.mark.parametrize("bad", [{"wrong": 1}, {"wrong": 0, "refused": 3}])
def test_wrong_or_refused_answers_are_not_written(run: Any, bad: dict[str, int]) -> None:
    """What was there before stays: a page shows figures of a run that was right, or none."""
    assert run(measurements=[], **bad) == (1, None)
    run(measurements=["right"], wrong=0)
    status, kept = run(measurements=["bad"], **bad)
    assert (status, kept["measurements"]) == (1, ["right"])


def test_a_directory_that_is_missing_is_said_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        benchmark.main(["--json", str(tmp_path / "missing" / "figures.json")])
    assert "there is no directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        (
            "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7B13\n\nprocessor\t: 1\n",
            "AMD EPYC 7B13",
        ),
        ("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"),
        ("processor\t: 0\nBogoMIPS\t: 50.00\nCPU part\t: 0xd0c\n", platform.machine()),
        ("", platform.machine()),
    ],
)
def test_the_processor_is_what_the_kernel_calls_it(cpuinfo: str, model: str) -> None:
    assert report.processor(cpuinfo) == model


def test_a_row_is_compared_with_what_was_measured_as_it_was() -> None:
    rows = [
        measured("python3 -c, host, in turn", 12),
        measured("docker exec, in turn", 72),
        measured("HTTP, idle, in turn", 8),
        measured("python3 -c, host", 10),
        measured("docker exec", 80),
        measured("HTTP, 1 client", 9),
    ]
    ratios = {each["what"]: (each["times_bare"], each["times_docker_exec"]) for each in map(_ratio(rows), rows)}
    assert ratios["HTTP, idle, in turn"] == (0.667, 0.111)
    assert ratios["HTTP, 1 client"] == (0.9, 0.113)


def _ratio(rows: list[Measurement]) -> Any:
    return lambda one: report.with_ratios(one, rows)
