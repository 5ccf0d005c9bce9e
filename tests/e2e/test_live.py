"""Live output through the whole stack: it comes while the program runs, and its texts are the result's, exactly."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.portal import Portal
from tests.event_source import Heard, listening, texts

pytestmark = [pytest.mark.e2e, pytest.mark.docker]

DEADLINE = 60.0
LATENCY, ROUNDS = 0.1, 3
"""Seconds from a program's write until a client has read it, for the middle one of several writes; in the best of so
many runs, since a busy machine may take longer than that to wake anybody.
"""
# A program that says, every 150 ms, when it says so: the clock is the client's, too.
CLOCKS = {
    "python": "import time\nfor _ in range(9):\n    print(time.time_ns(), flush=True)\n    time.sleep(0.15)\n",
    "javascript": "let n = 0;\nconst t = setInterval(() => {\n  console.log(String(BigInt(Date.now()) * 1000000n));\n"
    "  if (++n === 9) clearInterval(t);\n}, 150);\n",
    "go": 'package main\n\nimport (\n\t"fmt"\n\t"time"\n)\n\nfunc main() {\n\tfor range 9 {\n'
    "\t\tfmt.Println(time.Now().UnixNano())\n\t\ttime.Sleep(150 * time.Millisecond)\n\t}\n}\n",
}
PIECES = r"""
import os, random, time
random.seed({seed})
words = ["a", "é", "☃", "😀", "\n", "\u2028", "\0", "\x1b[31m"]
raw = "".join(random.choice(words) for _ in range(4000)).encode()
if {broken}:
    raw = bytes(byte if random.random() > 0.01 else random.randrange(256) for byte in raw)
while raw:
    size = random.randrange(1, 120)
    os.write(random.choice((1, 2)), raw[:size])
    raw = raw[size:]
    time.sleep(random.random() / 100)
"""


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:
        yield client


async def told(http: httpx.AsyncClient, job_id: str, after: str | None = None) -> list[Heard]:
    """All events of a job, to the verdict."""
    async with asyncio.timeout(DEADLINE), listening(http, job_id, after) as events:
        heard = [event async for event in events]
    assert heard[-1].name == "done"
    return heard


@pytest.mark.parametrize("language", sorted(CLOCKS))
async def test_output_comes_while_the_program_runs(portal: Portal, http: httpx.AsyncClient, language: str) -> None:
    """In less than a tenth of a second, from the program's write to the client."""
    medians: list[float] = []
    while not medians or (min(medians) >= LATENCY and len(medians) < ROUNDS):
        seconds = await seconds_on_the_way(portal, http, language)
        assert len(seconds) >= 5, seconds
        # The first may be from before the job was 50 ms old.
        medians.append(sorted(seconds[1:])[len(seconds[1:]) // 2])
    assert min(medians) < LATENCY, medians


async def seconds_on_the_way(portal: Portal, http: httpx.AsyncClient, language: str) -> list[float]:
    """How long each piece of output took, judged by the time in it."""
    job = portal.submit(language, CLOCKS[language])
    seconds: list[float] = []
    async with asyncio.timeout(DEADLINE), listening(http, job["id"]) as events:
        async for event in events:
            if event.name == "stdout":
                now = time.time_ns()
                # A line that waited for another one in the same piece has waited longest.
                seconds.append((now - int(event.data["text"].split()[0])) / 1e9)
    return seconds


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_the_texts_are_the_result(portal: Portal, http: httpx.AsyncClient, seed: int, broken: bool) -> None:
    """Cut in the middle of characters, with bytes that are none, for one who listens all the time and one who comes and
    goes.
    """
    job = portal.submit("python", PIECES.format(seed=seed, broken=broken), timeout="20s")
    staying = asyncio.ensure_future(told(http, job["id"]))
    coming: list[Heard] = []
    while not coming or coming[-1].name != "done":
        async with listening(http, job["id"], coming[-1].id if coming else None) as events:
            async for event in events:
                coming.append(event)
                if len(coming) % 7 == 0:
                    break
    done = portal.finish(job)
    expected = {"stdout": done["stdout"], "stderr": done["stderr"]}
    assert (len(done["stdout"]) > 100, len(done["stderr"]) > 100) == (True, True)
    assert texts(await staying) == expected
    assert texts(coming) == expected
    assert coming[-1].data == (await staying)[-1].data == done


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("while True: print('é' * 1000, flush=True)", "timeout"),
        ("import sys, time\nsys.stdout.write('☃' * 100000)\nsys.stdout.flush()\ntime.sleep(0.5)", "succeeded"),
        ("import os, time\nos.write(1, b'ab\\xe2\\x82'); time.sleep(0.3); os.write(1, b'\\xac!')", "succeeded"),
        ("import os, time\nos.write(1, b'ab\\xe2\\x82'); time.sleep(0.3)", "succeeded"),
        ("import time, sys\nprint('x', flush=True); time.sleep(0.3); sys.exit(3)", "failed"),
        ("print('short')", "succeeded"),
        ("pass", "succeeded"),
    ],
)
async def test_every_ending_is_told_whole(portal: Portal, http: httpx.AsyncClient, code: str, status: str) -> None:
    """Past the output limit as in the result, cut characters, limits, short programs, silent ones."""
    job = portal.submit("python", code, timeout="1s")
    live = await told(http, job["id"])
    late = await told(http, job["id"])
    done = portal.finish(job)
    assert done["status"] == status
    for heard in (live, late):
        assert texts(heard) == {"stdout": done["stdout"], "stderr": done["stderr"]}
        assert heard[-1].data == done


async def test_a_cancelled_job_tells_what_it_did(portal: Portal, http: httpx.AsyncClient) -> None:
    """The listener sees the output, asks for the end, and sees that."""
    job = portal.submit("python", "import time\nprint('begun', flush=True)\ntime.sleep(30)", timeout="40s")
    heard: list[Heard] = []
    async with asyncio.timeout(DEADLINE), listening(http, job["id"]) as events:
        async for event in events:
            heard.append(event)
            if event.name == "stdout":
                assert (await http.delete(f"/v1/execute/{job['id']}")).status_code == 202
    assert (heard[-1].name, heard[-1].data["status"]) == ("done", "cancelled")
    assert texts(heard)["stdout"] == heard[-1].data["stdout"] == "begun\n"


async def test_a_compile_error_is_a_verdict_without_output(portal: Portal, http: httpx.AsyncClient) -> None:
    job = portal.submit("go", "package main\nfunc main() { x }\n")
    heard = await told(http, job["id"])
    assert heard[-1].data["status"] == "compile_error"
    assert texts(heard) == {"stdout": "", "stderr": ""}


def test_the_command_line_prints_as_it_comes(url: str, tmp_path: Path) -> None:
    """Before the program ends, which waits for a while after its first line."""
    program = tmp_path / "slow.py"
    program.write_text("import time\nprint('first', flush=True)\ntime.sleep(2)\nprint('last')\n")
    arguments = [sys.executable, "-W", "error", "-m", "deploy.cli", "run", str(program), "--server", url]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"first\n"
        first = time.monotonic()
        assert process.stdout.read() == b"last\n"
        assert time.monotonic() - first > 1.0
        assert process.wait(DEADLINE) == 0
