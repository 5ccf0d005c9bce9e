import pytest
from hypothesis import given

from streams.codec import MalformedFactError, UnknownVersionError, decode, entry_fields
from streams.facts import AnyFact
from tests.unit.streams.facts_made import FACTS, submission


@given(FACTS)
def test_every_fact_survives_the_stream(fact: AnyFact) -> None:
    assert decode(entry_fields(fact)) == fact


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {b"v": b"1"},
        {b"v": b"one", b"fact": b"{}"},
        {b"v": b"1", b"fact": b"{}"},
        {b"v": b"1", b"fact": b"\xff"},
        {b"v": b"1", b"fact": b'{"type":"exploded"}'},
        {b"v": b"1", b"fact": b'{"type":"started","at":"2026-01-01T00:00:00Z","by":"x","job":"j"}'},
    ],
)
def test_what_is_no_fact_is_malformed(fields: dict[bytes, bytes]) -> None:
    with pytest.raises(MalformedFactError):
        decode(fields)


def test_a_newer_version_is_not_malformed() -> None:
    fields = entry_fields(submission()) | {b"v": b"2"}
    with pytest.raises(UnknownVersionError, match="version 2"):
        decode(fields)


def test_an_unknown_field_is_malformed_and_not_silently_dropped() -> None:
    fields = entry_fields(submission())
    fields[b"fact"] = fields[b"fact"][:-1] + b',"later":1}'
    with pytest.raises(MalformedFactError, match="later"):
        decode(fields)
