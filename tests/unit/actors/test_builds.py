"""Builds that are kept: whose, how many, and which go first."""

import pytest

from actors.builds import BuildKey, Builds, build_key

MADE_BY = ("sha256:1", "go", "go 1.25.5")
UNIT = 3072
"""Bytes of content that count as 4 KiB."""


def key(account: str, number: int = 0) -> BuildKey:
    return build_key(account, MADE_BY, str(number).encode(), ())


def builds(units: int = 8) -> Builds:
    """Room for so many of 4 KiB; one may have a quarter of it."""
    return Builds(units * 4096)


def test_what_was_kept_is_there() -> None:
    kept = builds()
    kept.keep(key("a"), b"x" * UNIT)
    assert kept.get(key("a")) == b"x" * UNIT
    assert kept.get(key("a", 1)) is None
    assert kept.size == 4096


def test_another_account_has_nothing_of_it() -> None:
    kept = builds()
    kept.keep(key("a"), b"x")
    assert kept.get(key("b")) is None


@pytest.mark.parametrize(
    "other",
    [
        build_key("a", ("sha256:2", "go", "go 1.25.5"), b"source", [("f", b"1")]),
        build_key("a", MADE_BY, b"sourc", [("ef", b"1")]),
        build_key("a", MADE_BY, b"source", [("f", b"2")]),
        build_key("a", MADE_BY, b"source", [("g", b"1")]),
        build_key("a", MADE_BY, b"source", [("f1", b"")]),
        build_key("a", MADE_BY, b"source", [("f", b"1"), ("", b"")]),
        build_key("a", MADE_BY, b"source", []),
        build_key("b", MADE_BY, b"source", [("f", b"1")]),
    ],
)
def test_whatever_a_build_comes_from_tells_it_from_others(other: BuildKey) -> None:
    same = build_key("a", MADE_BY, b"source", [("f", b"1")])
    assert same == build_key("a", MADE_BY, b"source", [("f", b"1")])
    assert same != other


def test_what_was_used_longest_ago_goes_first() -> None:
    kept = builds(4)
    for account in "abcd":
        kept.keep(key(account), b"x" * (UNIT - 1024))
    assert kept.get(key("a")) is not None
    kept.keep(key("e"), b"x" * UNIT)
    kept.keep(key("f"), b"x" * (UNIT - 1024))
    assert [account for account in "abcdef" if kept.get(key(account))] == ["a", "c", "d", "e", "f"]


def test_an_account_displaces_its_own_when_it_has_half() -> None:
    kept = builds(8)
    for account in "bcde":
        kept.keep(key(account), b"x" * UNIT)
    for number in range(20):
        kept.keep(key("a", number), b"x" * UNIT)
    assert all(kept.get(key(account)) for account in "bcde")
    assert [number for number in range(20) if kept.get(key("a", number))] == [16, 17, 18, 19]
    assert kept.size == 8 * 4096


def test_the_room_is_never_exceeded_and_freed_again() -> None:
    kept = builds(8)
    for number in range(100):
        kept.keep(key("abc"[number % 3], number // 6), b"x" * (number * 71 % UNIT))
        assert kept.size <= 8 * 4096
    for number in range(100):
        kept.forget(key("abc"[number % 3], number // 6))
    assert kept.size == 0


def test_the_same_program_again_takes_the_place_of_the_first() -> None:
    kept = builds()
    kept.keep(key("a"), b"x")
    kept.keep(key("a"), b"yy")
    assert (kept.get(key("a")), kept.size) == (b"yy", 1026)


def test_a_program_of_more_than_a_quarter_is_not_kept() -> None:
    kept = builds(8)
    assert kept.largest == 2 * 4096 - 1024
    kept.keep(key("a"), b"x" * (kept.largest + 1))
    assert kept.get(key("a")) is None
    kept.keep(key("a"), b"x" * kept.largest)
    assert kept.get(key("a")) is not None


@pytest.mark.parametrize("capacity", [0, 1, 4096])
def test_without_room_nothing_is_kept(capacity: int) -> None:
    kept = Builds(capacity)
    assert kept.largest == 0
    kept.keep(key("a"), b"x")
    assert kept.get(key("a")) is None
