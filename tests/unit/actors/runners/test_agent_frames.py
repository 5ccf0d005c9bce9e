"""A frame holds the largest job that the settings allow, and its largest result."""

from dataclasses import replace

from actors.agent.execution import Ended
from actors.agent.frames import MAX_FRAME, Decoder, encode
from actors.agent.languages import Compiled
from actors.agent.stage import CompileTotals, result
from actors.runners.agent_frames import job_frame
from http_edge.inputs import ARGS_SIZE
from streams.maxima import LARGEST_INPUTS, LARGEST_OUTPUT
from tests.unit.actors.runners.leasing import JOB, USER


def test_the_largest_job() -> None:
    quarter = bytes(LARGEST_INPUTS // 4)
    files = (("a", quarter), ("b", quarter))
    job = replace(JOB, source=quarter, stdin=quarter, files=files, args=("\x01" * ARGS_SIZE,))
    ((header, body),) = Decoder().feed(job_frame(job, USER))
    assert (header["type"], len(body)) == ("job", LARGEST_INPUTS)


def test_the_largest_result() -> None:
    stream = bytes(LARGEST_OUTPUT)
    ended = Ended(0, None, False, 1.0, 1.0, 1, stream, stream, (True, True), "x" * 10_000)
    header, parts = result("j1", ended, "exited", CompileTotals(), Compiled(0, stream, stream), ran=True)
    assert 4 * LARGEST_OUTPUT < len(encode(header, *parts)) < MAX_FRAME
