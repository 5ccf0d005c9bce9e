import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.agent.frames import MAX_FRAME, Decoder, ProtocolError, encode

HEADERS = st.dictionaries(st.text(), st.text() | st.integers(), max_size=4).map(lambda header: {**header, "type": "x"})


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=50)), max_size=5), st.integers(1, 20))
def test_frames_survive_any_cutting(frames: list[tuple[dict[str, object], bytes]], step: int) -> None:
    wire = b"".join(encode(header, body) for header, body in frames)
    decoder = Decoder()
    found = [frame for start in range(0, len(wire), step) for frame in decoder.feed(wire[start : start + step])]
    assert found == frames


@pytest.mark.parametrize("frame", [b"{}", b"{}\n", b"[]\n", b'{"type":1}\n', b'{"type":"job"}', b"\xff\n"])
def test_a_malformed_frame_is_named(frame: bytes) -> None:
    with pytest.raises(ProtocolError, match="header"):
        list(Decoder().feed(struct.pack(">I", len(frame)) + frame))


def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProtocolError, match=str(MAX_FRAME)):
        list(Decoder().feed(struct.pack(">I", MAX_FRAME + 1)))
