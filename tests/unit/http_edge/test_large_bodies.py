"""Bodies as large as may be: read right, and without stopping the edge for all others."""

import asyncio
import json
import time

import pytest

from http_edge.inputs import MOST_ARGS, MOST_FILES
from streams.ports import Claim
from tests.unit.http_edge.edge_in_memory import HELLO, NOW, World, fields

LARGE = 19_000_000
"""Bytes, somewhat less than is read of a body."""
LONG = "x" * 40_000 + '"\\:{}[],'


def cpu_seconds(raw: bytes) -> float:
    """What it costs to only parse it."""
    before = time.process_time()
    json.loads(raw)
    return time.process_time() - before


async def test_a_body_of_very_many_objects_costs_less_than_to_parse_it(world: World) -> None:
    raw = b'{"x": [%s1]}' % (b'{"a":1},' * (LARGE // 8))
    most = cpu_seconds(raw)
    before = time.process_time()
    assert "more than 16384 values" in fields(await world.post(raw))[""]
    assert time.process_time() - before < most


async def test_an_unpaired_surrogate_at_the_end_is_found_in_c(world: World) -> None:
    raw = b'{"x": "%s\\ud800"}' % (b"a" * LARGE)
    most = 8 * cpu_seconds(raw)  # there are several passes, none of them a loop in Python
    before = time.process_time()
    assert "unpaired surrogate" in fields(await world.post(raw))[""]
    assert time.process_time() - before < most


async def test_the_edge_goes_on_between_the_passes_over_a_very_large_body(world: World) -> None:
    """Others have their turn before such a body is answered."""
    answer = asyncio.create_task(world.post(b'{"x": "%s"}' % (b"a" * LARGE)))
    turns = 0
    while not answer.done():
        turns += 1
        await asyncio.sleep(0)
    assert fields(await answer).keys() == {"x", "language", "code"}
    assert turns > 100


@pytest.mark.parametrize("padding", ["", LONG, "x" * (2 << 20)], ids=["small", "large", "very large"])
async def test_a_name_that_is_there_twice_is_found_in_a_body_of_any_size(world: World, padding: str) -> None:
    """Also where it is spelled in two ways, and inside of other objects."""
    text = json.dumps(padding)
    for twice in ('"a": 1, "\\u0061": 2', f'"a": {text}, "a": {text}', f'"x": {{"a": {text}, "a": 2}}'):
        answer = await world.post(f'{{"y": {text}, {twice}}}'.encode())
        assert fields(answer) == {"a": "given more than once"}


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_the_largest_requests_are_taken_as_they_are(world: World, ascii_only: bool) -> None:
    """With as many arguments and files as may be."""
    files = [{"path": f"{number}", "content": "é:" * 100, "encoding": "utf-8"} for number in range(MOST_FILES)]
    wanted = {**HELLO, "code": LONG, "stdin": LONG[::-1], "args": [":"] * MOST_ARGS, "files": files}
    answer = await world.post(json.dumps(wanted, ensure_ascii=ascii_only).encode())
    assert answer.status_code == 202
    (claim,) = await world.log.claim("python", "me", 1, NOW)
    assert isinstance(claim, Claim)
    submission = claim.submission
    assert (submission.code, submission.stdin) == (LONG, LONG[::-1])
    assert (len(submission.args), len(submission.files)) == (MOST_ARGS, MOST_FILES)
