"""What waits for a Python job has touched the memory that a job writes to, and left the rest with the zygote."""

import json
import time

import pytest

from tests.integration.agent.agent_client import Client
from tests.integration.agent.conftest import Runners
from tests.integration.agent.containers import docker

pytestmark = pytest.mark.docker

COUNT = """
import json, os, struct
counts = {}
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.readlink(f"/proc/{pid}/exe") != os.path.realpath("/usr/bin/python3"):
            continue
        writable = own = 0
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/pagemap", "rb") as pagemap:
            for line in maps:
                place, permissions = line.split()[:2]
                start, end = (int(address, 16) // 4096 for address in place.split("-"))
                if permissions != "rw-p":
                    continue
                pagemap.seek(start * 8)
                for (entry,) in struct.iter_unpack("=Q", pagemap.read((end - start) * 8)):
                    writable += 1
                    own += entry >> 63 & entry >> 56 & 1
        counts[int(pid)] = [writable, own]
    except OSError:  # it ended meanwhile
        pass
print(json.dumps(counts))
"""
PATIENCE_S = 20.0


def test_the_pages_that_a_job_writes_to_are_copied_before_it_comes(runners: Runners, python: Client) -> None:
    """Some 700 of 1,150: the others would be copied, and freed again, for nothing."""
    assert python.run(b"print(1)")["stdout"] == b"1\n"
    name = runners.get("python").name
    deadline = time.monotonic() + PATIENCE_S
    while True:
        counts = json.loads(docker("exec", name, "/opt/agent/bin/python3.13", "-I", "-S", "-c", COUNT))
        writable, own = counts[max(counts, key=int)]  # the zygote is older
        if len(counts) == 2 and 0.4 < own / writable < 0.8:
            return
        assert time.monotonic() < deadline, counts
        time.sleep(0.05)  # nobody is told when the new one has begun to wait


AS_WHOM = b"""
import os, time
open(f"/tmp/as-{os.getuid()}", "w").close()
time.sleep(0.5)
print(os.listdir("/tmp"))
"""


def test_a_zygote_that_starts_while_a_program_is_there_runs_nothing_of_it(runners: Runners, python: Client) -> None:
    """It is root, and the program of the next job may be there before it has rehearsed."""
    name = runners.get("python").name
    for _ in range(3):
        assert python.run(b"print(1)")["stdout"] == b"1\n"
        counts = json.loads(docker("exec", name, "/opt/agent/bin/python3.13", "-I", "-S", "-c", COUNT))
        docker("exec", name, "/bin/sh", "-c", f"kill -9 {min(counts, key=int)}")
        assert python.run(b"print(1)")["stdout"] == b"1\n"  # takes what the old zygote left; then comes a new one
        result = python.run(AS_WHOM)
        assert (result["outcome"], result["stdout"]) == ("exited", b"['as-65534']\n")
