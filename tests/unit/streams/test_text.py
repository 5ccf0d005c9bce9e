from hypothesis import given
from hypothesis import strategies as st

from streams.text import bytes_from_text, readable, text_from_bytes, text_from_truncated


@given(st.binary())
def test_bytes_survive(raw: bytes) -> None:
    assert bytes_from_text(text_from_bytes(raw)) == raw


@given(st.text(min_size=1), st.integers(1, 50))
def test_a_cut_character_is_dropped_and_nothing_else(text: str, cut: int) -> None:
    raw = text.encode()[:cut]
    kept = text_from_truncated(raw)
    assert isinstance(kept, str)
    assert text.startswith(kept)
    assert len(raw) - len(kept.encode()) < 4


def test_what_is_not_utf8_is_readable() -> None:
    assert readable(text_from_bytes(b"a\xffb")) == "a\N{REPLACEMENT CHARACTER}b"
