"""How facts read in a line."""

import pytest
from msgspec.structs import replace

from deploy.cli.stream.words import detail
from streams.facts import Compile
from streams.position import Position
from streams.replay.recorded import Recorded
from tests.unit.streams.facts_made import finished, job_id


@pytest.mark.parametrize(("cached", "said"), [(False, "exit 0, 3.5 ms"), (True, "exit 0, 3.5 ms, not compiled again")])
def test_a_job_that_needed_no_compiling_says_so(cached: bool, said: str) -> None:
    end = finished(job_id())
    built = Compile(exit_code=0, stdout="", stderr="", duration_ms=0.0, cached=cached)
    fact = replace(end, result=replace(end.result, compile=built))
    assert detail(Recorded("e", Position(1, 0), job_id(), fact)) == said
