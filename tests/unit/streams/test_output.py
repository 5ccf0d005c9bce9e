"""Marks order and spell the places of an output; pieces cut between characters make the whole."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.facts import Binary
from streams.output import (
    NOWHERE,
    Began,
    Chunk,
    Mark,
    Output,
    end_of,
    fields_of,
    output_of,
    rest_of,
    whole_characters,
)
from streams.text import readable, text_from_bytes, text_from_truncated

SIZES = st.integers(0, (1 << 32) - 1)
MARKS = st.builds(Mark, st.integers(1, 999_999), SIZES, SIZES)


@given(MARKS)
def test_a_mark_is_what_it_spells(mark: Mark) -> None:
    assert Mark.parse(str(mark)) == mark


@given(MARKS, MARKS)
def test_marks_are_in_the_order_of_entry_ids(one: Mark, other: Mark) -> None:
    """Redis compares the two numbers of an id."""
    first, second = (tuple(map(int, str(mark).split("-"))) for mark in (one, other))
    assert (one < other) == (first < second)
    assert NOWHERE < one <= end_of(one.attempt)


@pytest.mark.parametrize(
    "text", ["", "1", "1-", "-1", "1-2-3", "1--2", "a-b", "1-18446744073709551616", "٣-1", "1-1\n"]
)
def test_what_is_no_mark_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        Mark.parse(text)


AT = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


@pytest.mark.parametrize(
    "output", [Began(Mark(2), AT), Chunk(Mark(1, 3), "stdout", b"\xff\0\n"), Chunk(Mark(1, 0, 1), "stderr", b"x")]
)
def test_an_entry_says_what_was_shown(output: Output) -> None:
    name, value = fields_of(output)
    raw = value.encode() if isinstance(value, str) else value
    assert output_of(str(output.mark).encode(), name.encode(), raw) == output


def test_another_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="no entry"):
        output_of(b"1-1", b"stdin", b"")


# Bytes that are often almost UTF-8: cut characters, stray continuations, overlong forms, surrogates.
NEARLY_TEXT = st.lists(
    st.one_of(
        st.text(max_size=3).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.sampled_from(
            [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5", b"\xff"]
        ),
        st.binary(max_size=4),
    ),
    max_size=12,
).map(b"".join)


@given(NEARLY_TEXT, st.lists(st.integers(1, 5)), st.booleans())
def test_pieces_make_the_text_of_the_whole(raw: bytes, sizes: list[int], truncated: bool) -> None:
    """However it arrives: each piece decoded for itself, and the rest taken from the result."""
    final = text_from_truncated(raw) if truncated else text_from_bytes(raw)
    pending, told, shown = b"", "", 0
    for size in sizes:
        pending += raw[shown + len(pending) :][:size]
        whole = whole_characters(pending)
        told += pending[:whole].decode(errors="replace")
        shown, pending = shown + whole, pending[whole:]
    assert told + rest_of(final, shown).decode(errors="replace") == readable(final)


def test_what_has_no_result_has_no_rest() -> None:
    assert rest_of(None, 3) == b""
    assert rest_of(Binary(b"\xffabc"), 2) == b"bc"
