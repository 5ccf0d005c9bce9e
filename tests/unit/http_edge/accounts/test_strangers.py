"""Who shows unknown credentials wears out their address's tries, and nobody else's. In virtual time."""

import asyncio

import pytest

from http_edge.accounts.strangers import AT_ONCE, MOST, TRIES, WINDOW, Strangers
from http_edge.identity import SCOPES, Caller
from http_edge.problems import Problem
from tests.unit.http_edge.virtual import in_virtual_time

ADA = Caller("ada", "free", admin=False, scopes=SCOPES)


class Books:
    """Looks, as they are counted."""

    def __init__(self) -> None:
        self.known: Caller | None = None
        self.looks = 0
        self.takes = 0.0

    async def look(self) -> Caller | None:
        self.looks += 1
        await asyncio.sleep(self.takes)
        return self.known


async def wear_out(strangers: Strangers, books: Books, home: str = "a") -> Problem:
    for _ in range(TRIES):
        assert await strangers.look(home, books.look) is None
    with pytest.raises(Problem) as refused:
        await strangers.look(home, books.look)
    return refused.value


@in_virtual_time
async def test_an_address_has_so_many_tries_and_then_others_after_a_while() -> None:
    strangers, books = Strangers(), Books()
    refused = await wear_out(strangers, books)
    assert books.looks == TRIES
    assert (refused.status, refused.headers["Retry-After"]) == (429, str(int(WINDOW)))
    assert await strangers.look("b", books.look) is None
    await asyncio.sleep(WINDOW)
    assert await strangers.look("a", books.look) is None


@in_virtual_time
async def test_who_is_found_does_not_count() -> None:
    strangers, books = Strangers(), Books()
    books.known = ADA
    for _ in range(10 * TRIES):
        assert await strangers.look("a", books.look) == ADA


@in_virtual_time
async def test_a_burst_is_held_to_it_too() -> None:
    strangers, books = Strangers(), Books()
    books.takes = 0.1
    answers = await asyncio.gather(
        *(strangers.look("a", books.look) for _ in range(10 * TRIES)), return_exceptions=True
    )
    assert books.looks < TRIES + AT_ONCE
    assert sum(isinstance(answer, Problem) for answer in answers) == 10 * TRIES - books.looks


@in_virtual_time
async def test_addresses_are_bounded() -> None:
    strangers, books = Strangers(), Books()
    await wear_out(strangers, books, "first")
    for number in range(MOST - 1):
        await strangers.look(str(number), books.look)
    with pytest.raises(Problem):
        await strangers.look("first", books.look)
    await strangers.look("one more", books.look)
    assert await strangers.look("first", books.look) is None
