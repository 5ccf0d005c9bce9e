"""`args`, `files` and `priority`: what becomes of them, and what no runner ever gets to see."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_edge.inputs import parse_files, wrong_path
from streams.facts import Binary, File, Submission
from streams.jobid import parse_job_id
from streams.lanes import lane_for
from tests.unit.http_edge.edge_in_memory import World, fields, problem, running_edge

LIMIT = 1 << 20


async def fact(world: World, **body: Any) -> Submission:
    answer = await world.submit(**body)
    assert answer.status_code == 202, answer.text
    found = await world.log.read_submission(parse_job_id(answer.json()["id"]))
    assert found is not None
    return found


async def test_arguments_and_files_are_in_the_fact(world: World) -> None:
    """Text as text, other bytes as they are."""
    raw = bytes(range(256))
    asked = [
        {"path": "data/é.txt", "content": "ü"},
        {"path": "x.bin", "content": base64.b64encode(raw).decode(), "encoding": "base64"},
    ]
    submission = await fact(world, args=["-a", "", "b c"], files=asked)
    assert submission.args == ("-a", "", "b c")
    assert submission.files == (File("data/é.txt", "ü"), File("x.bin", Binary(raw)))


@pytest.mark.parametrize("kind", ["interactive", "batch"])
async def test_priority_is_the_class_of_the_lane(world: World, kind: Any) -> None:
    assert (await fact(world, priority=kind)).lane == lane_for("127.0.0.1", kind, 4)


async def test_null_stands_for_nothing(world: World) -> None:
    submission = await fact(world, args=None, files=None, priority=None)
    assert (submission.args, submission.files, submission.lane.kind) == ((), (), "interactive")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "..",
        "../x",
        "a/../../x",
        "a/./b",
        "./a",
        "a//b",
        "a/",
        "a\0b",
        "a\nb",
        "\x7f",
        "x" * 256,
        "ä" * 128,
        "/".join("abcdefghi"),
        "main",
        "main.py",
        "main/x",
        "main.go/x",
    ],
)
async def test_a_path_that_is_none_of_the_jobs_is_refused(world: World, path: str) -> None:
    answer = await world.submit(files=[{"path": "ok", "content": ""}, {"path": path, "content": ""}])
    assert fields(answer).keys() == {"files[1].path"}
    assert world.submissions() == 0


@given(st.text(st.sampled_from("ab./\\~\0é- "), max_size=12))
def test_whatever_is_taken_stays_below_the_directory(path: str) -> None:
    """By the kernel's own rules: it resolves to a name under the job's directory, and to that name only."""
    if wrong_path(path) is None:
        assert os.path.normpath(f"/job/{path}") == f"/job/{path}"


@pytest.mark.parametrize("other", ["a", "a/b", "a/b/c"])
async def test_two_files_that_cannot_both_be_there_are_refused(world: World, other: str) -> None:
    asked = [{"path": path, "content": ""} for path in (other, "a-", "a")]
    assert "cannot both be there" in fields(await world.submit(files=asked))["files"]


def test_neighbours_do_not_clash(tmp_path: Path) -> None:
    """All of them can be made."""
    paths = ["a/b", "a/c", "a-", "a.b", "ab", "a!b/c"]
    files, wrong = parse_files([{"path": path, "content": "x"} for path in paths], LIMIT)
    assert not wrong
    for file in files:
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_text("x")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "files"),
        ("x", "files"),
        ([1], "files[0]"),
        ([{}], "files[0].path"),
        ([{"path": "a"}], "files[0].content"),
        ([{"path": "a", "content": 1}], "files[0].content"),
        ([{"path": "a", "content": "?", "encoding": "base64"}], "files[0].content"),
        ([{"path": "a", "content": "ä", "encoding": "base64"}], "files[0].content"),
        ([{"path": "a", "content": "", "encoding": "latin-1"}], "files[0].encoding"),
        ([{"path": "a", "content": "", "encoding": False}], "files[0].encoding"),
        ([{"path": "a", "content": "", "mode": 7}], "files[0].mode"),
        ([{"path": str(number), "content": ""} for number in range(65)], "files"),
    ],
)
async def test_what_is_no_file_is_refused_by_name(world: World, asked: Any, field: str) -> None:
    assert fields(await world.submit(files=asked)).keys() == {field}


@pytest.mark.parametrize("asked", ["x", {}, [1], [None], ["a\0"], ["x"] * 257])
async def test_what_is_no_argument_is_refused(world: World, asked: Any) -> None:
    (field,) = fields(await world.submit(args=asked))
    assert field in {"args", "args[0]"}


@pytest.mark.parametrize("asked", ["urgent", 1, [], {}, ""])
async def test_what_is_no_priority_is_refused(world: World, asked: Any) -> None:
    assert "interactive, batch" in fields(await world.submit(priority=asked))["priority"]


async def test_files_and_arguments_have_a_size() -> None:
    """Together, in bytes of what the program would see."""
    async with running_edge(FILES_LIMIT="10") as world:
        halves = [{"path": "a", "content": "ä" * 2}, {"path": "b", "content": "x" * 6}]
        assert (await world.submit(files=halves)).status_code == 202
        more = [*halves, {"path": "c", "content": "x"}]
        assert "11 bytes in all; at most 10B" in fields(await world.submit(files=more), 413)["files"]
        assert "at most 64KiB" in fields(await world.submit(args=["x" * (64 << 10), "y"]), 413)["args"]


async def test_an_avalanche_of_wrong_files_is_answered_in_short(world: World) -> None:
    assert len(fields(await world.submit(files=[{}] * 64))) == 20
    assert len(fields(await world.submit(args=[None] * 256))) == 20


@pytest.mark.parametrize(
    "other", [{"args": ["2"]}, {"files": [{"path": "a", "content": "2"}]}, {"priority": "batch"}, {}]
)
async def test_a_key_stands_for_all_of_the_request(world: World, other: dict[str, Any]) -> None:
    """A repetition that says another thing is a conflict; one that says the same in other words is none."""
    first: dict[str, Any] = {"args": ["1"], "files": [{"path": "a", "content": "1"}, {"path": "b", "content": ""}]}
    again: dict[str, Any] = {
        "args": ["1"],
        "files": [{"path": "b", "content": ""}, {"path": "a", "content": "MQ==", "encoding": "base64"}],
    }
    key = {"Idempotency-Key": "k"}
    answers = [await world.submit(headers=key, **body) for body in (first, again)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    different: dict[str, Any] = {**first, **other} if other else {}
    problem(await world.submit(headers=key, **different), 409)
    assert world.submissions() == 1
