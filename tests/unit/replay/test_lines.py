"""Lines of an export hold any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.replay.lines import DamagedExportError, EntryLine, decode_line, encode_line, flat, pairs_of


@given(st.dictionaries(st.binary(max_size=9), st.binary(max_size=20), max_size=4))
def test_any_fields_come_back(fields: dict[bytes, bytes]) -> None:
    line = EntryLine(stream="s", id="1-1", fields=pairs_of(fields))
    raw = encode_line(line)
    read = decode_line(raw, 1)
    assert isinstance(read, EntryLine)
    assert (raw.count(b"\n"), flat(read.fields)) == (1, [part for pair in fields.items() for part in pair])


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"kind":"entry"}', b'{"kind":"other"}', b"\xff", b'{"kind":"end","lines":"x"}']
)
def test_a_damaged_line_is_named(raw: bytes) -> None:
    with pytest.raises(DamagedExportError, match="line 7 is no line of an export"):
        decode_line(raw, 7)
