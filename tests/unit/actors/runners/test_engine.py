"""What the engine's thread tells: a listing, then changes; a listing again after the engine was away."""

import queue
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from actors.runners.engine import Changed, EngineLost, EngineWatch, Listed, Removed, Sighting
from tests.unit.actors.runners.fake_engine import FakeEngine
from tests.unit.actors.runners.inspected import inspected

T = TypeVar("T")
DEADLINE = 10.0


@contextmanager
def watching(engine: FakeEngine) -> Iterator["queue.Queue[Sighting]"]:
    told: queue.Queue[Sighting] = queue.Queue()
    watch = EngineWatch(engine.environment, told.put)
    watch.start()
    try:
        yield told
    finally:
        watch.close()


def next_of(told: "queue.Queue[Sighting]", kind: type[T]) -> T:
    """The next sighting of this kind."""
    while True:
        sighting = told.get(timeout=DEADLINE)
        if isinstance(sighting, kind):
            return sighting


def names(listed: Listed) -> set[str]:
    return {container.name for container in listed.containers}


def test_a_listing_comes_first_then_every_change(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path / "engine.sock")
    engine.containers["a"] = inspected("py-1")
    with engine.running(), watching(engine) as told:
        assert names(next_of(told, Listed)) == {"py-1"}
        engine.containers["b"] = inspected("py-2")
        engine.tell("b")
        assert next_of(told, Changed).container.name == "py-2"
        del engine.containers["b"]
        engine.tell("b")
        assert next_of(told, Removed).id == "b"


def test_after_a_restart_of_the_engine_everything_is_listed_again(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path / "engine.sock")
    engine.containers["a"] = inspected("py-1")
    with ExitStack() as stack:
        with engine.running():
            told = stack.enter_context(watching(engine))
            next_of(told, Listed)
        assert "engine" in next_of(told, EngineLost).reason
        engine.containers = {"b": inspected("py-2")}
        stack.enter_context(engine.running())
        assert names(next_of(told, Listed)) == {"py-2"}


def test_an_engine_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with watching(FakeEngine(tmp_path / "engine.sock")) as told:
        assert "cannot be reached" in next_of(told, EngineLost).reason
