from typing import Any

import pytest

from actors.agent.frames import MAX_FRAME, ProtocolError
from actors.agent.request import parse_request

LIMITS = {"wall_ms": 1000, "compile_wall_ms": 2000, "output_bytes": 10}
HEADER: dict[str, Any] = {"job": "a", "uid": 1, "gid": 1, "limits": LIMITS, "parts": [["source", 2], ["file:x/y", 1]]}


def test_parts_are_cut_from_the_body() -> None:
    request = parse_request(HEADER, b"abc")
    assert (request.source, request.stdin, request.files) == (b"ab", None, {"x/y": b"c"})
    assert request.limits.cpu_ms is None


@pytest.mark.parametrize(
    "change",
    [{"uid": 0}, {"gid": 0}, {"limits": {}}, {"limits": None}, {"parts": [["source", 9]]}, {"uid": "x"}, {"parts": 1}],
)
def test_a_bad_request_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        parse_request({**HEADER, **change}, b"abc")


def test_a_build_comes_as_a_part() -> None:
    request = parse_request({**HEADER, "parts": [["source", 2], ["built", 1]]}, b"abc")
    assert (request.built, request.keep, request.files) == (b"c", 0, {})


@pytest.mark.parametrize(("asked", "keep"), [({}, 0), ({"keep": 1000}, 1000), ({"keep": 1 << 40}, MAX_FRAME // 2)])
def test_what_is_to_be_kept_fits_into_a_frame(asked: dict[str, Any], keep: int) -> None:
    assert parse_request({**HEADER, **asked}, b"abc").keep == keep
