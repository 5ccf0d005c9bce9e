"""Executors as processes, runners as containers: what is promised, on the real things."""

import asyncio
import signal

import pytest

from streams.facts import Cancelled, Limits, Lost
from tests.conftest import RedisServer
from tests.integration.actors.containers import RunnerHost
from tests.integration.actors.portal import Portal
from tests.integration.agent.containers import docker, pause

pytestmark = [pytest.mark.docker, pytest.mark.redis]

SLEEP = "import time; print('begun', flush=True); time.sleep({})"


async def test_a_job_runs_in_a_runner(at: Portal, host: RunnerHost) -> None:
    name = host.start()
    await at.start_executor()
    job = await at.submit("import sys; print(input()); print('é', file=sys.stderr); sys.exit(3)", stdin="héllo")
    ending = await at.finished(job)
    assert (ending.status, ending.runner, ending.attempt) == ("failed", name, 1)
    assert (ending.result.stdout, ending.result.stderr, ending.result.exit_code) == ("héllo\n", "é\n", 3)


async def test_a_container_started_by_hand_gets_work_soon(at: Portal, host: RunnerHost) -> None:
    """Within two seconds where the machine is idle, which most of the time here it is not."""
    await at.start_executor()
    await at.reports(lambda reports: len(reports) == 1)
    job = await at.submit("print(1)")
    host.start()
    assert (await at.finished(job)).result.stdout == "1\n"


async def test_a_label_may_be_an_alias(at: Portal, host: RunnerHost) -> None:
    host.start(label="node", language="javascript")
    await at.start_executor("js")
    job = await at.submit("console.log(1)", language="javascript")
    assert (await at.finished(job)).result.stdout == "1\n"


async def test_runners_take_turns(at: Portal, host: RunnerHost) -> None:
    names = {host.start(), host.start()}
    await at.start_executor()
    await at.ready(2)
    endings = [await at.finished(await at.submit("print(1)")) for _ in range(4)]
    assert {ending.runner for ending in endings} == names


async def test_a_runner_that_is_killed_in_mid_job_loses_nothing(at: Portal, host: RunnerHost) -> None:
    names = {host.start(), host.start()}
    await at.start_executor()
    await at.ready(2)
    job = await at.submit(SLEEP.format(2))
    state = await at.running(job)
    assert state.started is not None
    docker("kill", state.started.runner)
    ending = await at.finished(job)
    assert (ending.attempt, {ending.runner}) == (2, names - {state.started.runner})
    await at.ready(1)


async def test_a_runner_that_is_paused_in_mid_job_loses_nothing(at: Portal, host: RunnerHost) -> None:
    host.start()
    host.start()
    await at.start_executor()
    await at.ready(2)
    job = await at.submit(SLEEP.format(4))
    state = await at.running(job)
    assert state.started is not None
    pause(state.started.runner)
    assert (await at.finished(job)).attempt == 2
    docker("unpause", state.started.runner)
    await at.ready(2)


async def test_an_executor_that_is_killed_in_mid_job_loses_nothing(at: Portal, host: RunnerHost) -> None:
    host.start()
    first = await at.start_executor(CLAIM_TIMEOUT="1s")
    await at.ready(1)
    job = await at.submit(SLEEP.format(4))
    await at.running(job)
    await at.start_executor(CLAIM_TIMEOUT="1s")
    first.signal(signal.SIGKILL)
    ending = await at.finished(job)
    assert (ending.attempt, ending.result.stdout) == (2, "begun\n")


async def test_executors_share_runners_and_a_freed_one_is_picked_up(at: Portal, host: RunnerHost) -> None:
    host.start()
    host.start()
    first = await at.start_executor()
    await at.ready(2)
    await at.start_executor()
    await at.reports(lambda reports: [report.runners for report in reports] == [1, 1])
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    await at.reports(lambda reports: [report.runners for report in reports] == [2])


async def test_sigterm_lets_jobs_finish_and_exits_0(at: Portal, host: RunnerHost) -> None:
    host.start()
    executor = await at.start_executor()
    job = await at.submit(SLEEP.format(1))
    await at.running(job)
    executor.signal(signal.SIGTERM)
    assert await executor.ended() == 0
    assert (await at.finished(job)).status == "succeeded"
    assert await at.log.actors() == []


async def test_sigterm_past_the_deadline_hands_the_job_back(at: Portal, host: RunnerHost) -> None:
    host.start()
    executor = await at.start_executor(SANDBOX_STOP_TIMEOUT="300ms", SANDBOX_TIMEOUT="20s")
    job = await at.submit("import os, time; time.sleep(0 if os.path.exists('/tmp/again') else 1); print('done')")
    await at.running(job)
    executor.signal(signal.SIGTERM)
    assert await executor.ended() == 0
    assert (await at.log.read(job)).ending is None  # type: ignore[union-attr]
    await at.start_executor()
    assert (await at.finished(job)).attempt == 2


async def test_a_running_job_is_cancelled_with_its_partial_output(at: Portal, host: RunnerHost) -> None:
    host.start()
    await at.start_executor(SANDBOX_TIMEOUT="20s")
    job = await at.submit(SLEEP.format(15))
    await at.running(job)
    await at.cancel(job)
    ending = await at.ended(job, deadline=5.0)
    assert isinstance(ending, Cancelled)
    assert ending.result is not None
    assert ending.result.exit_code is None
    after = await at.finished(await at.submit("print(1)"))
    assert after.result.stdout == "1\n"


async def test_redis_may_go_away_in_mid_job(at: Portal, host: RunnerHost, redis_server: RedisServer) -> None:
    host.start()
    await at.start_executor()
    await at.ready(1)
    job = await at.submit(SLEEP.format(1))
    await at.running(job)
    await asyncio.to_thread(redis_server.stop)
    await asyncio.to_thread(redis_server.start)
    assert (await at.finished(job)).result.stdout == "begun\n"


# -- refusing


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--read-only=false",), "writable root"),
        (("--cap-add=NET_RAW",), "NET_RAW"),
        (("--volume=/var/run/docker.sock:/var/run/docker.sock",), "Docker socket"),
        (("--volume=/etc:/etc-of-the-host:ro",), "mounts bind /etc"),
        (("--pid=host",), "PidMode is host"),
    ],
)
async def test_an_unsafe_runner_is_refused_and_the_report_says_why(
    at: Portal, host: RunnerHost, options: tuple[str, ...], complaint: str
) -> None:
    name = host.start(*options)
    executor = await at.start_executor()
    (report,) = await at.reports(lambda reports: any(complaint in report.state for report in reports))
    assert report.runners == 0
    assert report.state.startswith(f"no usable runner: {name} ")
    assert complaint in executor.log.read_text()


async def test_a_network_that_was_not_asked_for_is_refused(at: Portal, host: RunnerHost) -> None:
    host.start(network="bridge")
    await at.start_executor()
    await at.reports(lambda reports: any("network bridge; SANDBOX_NETWORK" in report.state for report in reports))
    await at.start_executor(SANDBOX_NETWORK="bridge")
    assert (await at.finished(await at.submit("print(1)"))).result.stdout == "1\n"


async def test_a_risk_that_was_named_is_taken(at: Portal, host: RunnerHost) -> None:
    host.start("--read-only=false")
    executor = await at.start_executor(SANDBOX_ALLOW_UNSAFE_RUNNERS="a test of the override")
    assert (await at.finished(await at.submit("print(1)"))).result.stdout == "1\n"
    assert "a test of the override" in executor.log.read_text()


async def test_a_runtime_that_was_not_asked_for_is_refused(at: Portal, host: RunnerHost) -> None:
    host.start()
    await at.start_executor(SANDBOX_RUNTIME="runsc")
    await at.reports(lambda reports: any("SANDBOX_RUNTIME" in report.state for report in reports))


# -- ways to name runners


async def test_a_pool_by_name_needs_no_label(at: Portal, host: RunnerHost) -> None:
    name = host.start(label="")
    host.start()
    await at.start_executor(SANDBOX_LANGUAGE_CONTAINERS=f"python={name},go=nothing")
    endings = [await at.finished(await at.submit("print(1)")) for _ in range(3)]
    assert {ending.runner for ending in endings} == {name}


async def test_the_fallback_container_is_used_while_there_is_no_pool(at: Portal, host: RunnerHost) -> None:
    last = host.start(label="")
    await at.start_executor(SANDBOX_CONTAINER=last)
    assert (await at.finished(await at.submit("print(1)"))).runner == last
    labelled = host.start()
    await at.reports(lambda reports: [report.versions != {} for report in reports] == [True])
    async with asyncio.timeout(10):
        while (await at.finished(await at.submit("print(1)"))).runner != labelled:
            pass


# -- without an agent


async def test_a_container_without_an_agent_runs_jobs(at: Portal, host: RunnerHost) -> None:
    name = host.start_agentless()
    await at.start_executor()
    job = await at.submit("import sys; print(input()); print('é', file=sys.stderr); sys.exit(3)", stdin="héllo")
    ending = await at.finished(job)
    assert (ending.status, ending.runner, ending.result.exit_code) == ("failed", name, 3)
    assert (ending.result.stdout, ending.result.stderr) == ("héllo\n", "é\n")
    assert (ending.result.cpu_ms, ending.result.memory_peak_bytes) == (None, None)


async def test_without_an_agent_a_job_that_takes_too_long_is_killed_and_leaves_nothing(
    at: Portal, host: RunnerHost
) -> None:
    name = host.start_agentless()
    executor = await at.start_executor(SANDBOX_TIMEOUT="3s")
    code = """
import os, time
open('/tmp/left', 'w').write('x')
os.mkdir('/tmp/locked', 0o700); open('/tmp/locked/in', 'w'); os.chmod('/tmp/locked', 0)
print(os.getuid(), flush=True)
if os.fork() == 0:
    os.setsid()
time.sleep(100)
"""
    ending = await at.finished(await at.submit(code))
    assert (ending.status, ending.result.stdout, ending.result.exit_code) == ("timeout", "65534\n", None)
    after = await at.finished(await at.submit("import os; print(sorted(os.listdir('/tmp')))"))
    assert after.result.stdout == "['job']\n"
    executor.signal(signal.SIGTERM)
    await executor.ended()  # the cleaning after that job, which runs as a job's user, is over
    assert [line.split()[0] for line in docker("top", name).splitlines()] == ["UID", "root"]


async def test_without_an_agent_output_is_capped_and_the_program_runs_on(at: Portal, host: RunnerHost) -> None:
    host.start_agentless()
    await at.start_executor(OUTPUT_LIMIT="10")
    ending = await at.finished(await at.submit("import sys; print('x' * 1000000); sys.exit(4)"))
    assert (ending.result.stdout, ending.result.exit_code) == ("x" * 10, 4)
    assert (ending.result.truncated.stdout, ending.result.truncated.stderr) == (True, False)


async def test_without_an_agent_a_signal_is_named(at: Portal, host: RunnerHost) -> None:
    host.start_agentless()
    await at.start_executor()
    ending = await at.finished(await at.submit("import os; os.kill(os.getpid(), 11)"))
    assert (ending.status, ending.result.signal, ending.result.exit_code) == ("failed", "SIGSEGV", None)


@pytest.mark.parametrize("asked", [Limits(cpu_ms=500), Limits(file_size_bytes=4096), Limits(open_files=32)], ids=str)
async def test_without_an_agent_limits_that_cannot_be_kept_are_refused(
    at: Portal, host: RunnerHost, asked: Limits
) -> None:
    host.start_agentless()
    await at.start_executor(MAX_ATTEMPTS="2")
    ending = await at.ended(await at.submit("print(1)", limits=asked))
    assert isinstance(ending, Lost)
    named = next(name for name in asked.__struct_fields__ if getattr(asked, name) is not None)
    assert f"cannot keep the limits {named}" in ending.reason


@pytest.mark.parametrize(
    ("setting", "named"), [("cpu:4s", "cpu_ms"), ("file_size:1MiB", "file_size_bytes"), ("open_files:64", "open_files")]
)
async def test_without_an_agent_limits_of_the_compiler_are_refused_and_not_ignored(
    at: Portal, host: RunnerHost, setting: str, named: str
) -> None:
    host.start_agentless("--env=PATH=/usr/local/go/bin:/usr/bin:/bin", label="golang", language="go")
    await at.start_executor("go", MAX_ATTEMPTS="1", COMPILE_LIMITS=f"go={setting}")
    ending = await at.ended(await at.submit("package main\n\nfunc main() {}\n", language="go"))
    assert isinstance(ending, Lost)
    assert f"cannot keep the limits compile_{named}" in ending.reason


async def test_without_an_agent_a_running_job_can_be_cancelled(at: Portal, host: RunnerHost) -> None:
    host.start_agentless()
    await at.start_executor(SANDBOX_TIMEOUT="20s")
    job = await at.submit(SLEEP.format(15))
    await at.running(job)
    await at.cancel(job)
    assert isinstance(await at.ended(job, deadline=8.0), Cancelled)


async def test_without_an_agent_the_container_is_leased_by_one_executor(at: Portal, host: RunnerHost) -> None:
    host.start_agentless()
    first = await at.start_executor()
    await at.ready(1)
    await at.start_executor()
    await at.reports(lambda reports: len(reports) == 2)
    jobs = [await at.submit("import os; print(os.listdir('/tmp'))") for _ in range(4)]
    assert {(await at.finished(job)).result.stdout for job in jobs} == {"['job']\n"}
    assert sum(report.runners for report in await at.reports(lambda reports: len(reports) == 2)) == 1
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    assert (await at.finished(await at.submit("print(1)"))).result.stdout == "1\n"


async def test_without_an_agent_a_missing_tool_chain_is_named(at: Portal, host: RunnerHost) -> None:
    host.start_agentless("--env=PATH=/bin", label="golang", language="go")
    await at.start_executor("go", MAX_ATTEMPTS="1")
    ending = await at.ended(await at.submit("package main\n", language="go"))
    assert isinstance(ending, Lost)
    assert '"go": executable file not found' in ending.reason


async def test_go_compiles_without_an_agent(at: Portal, host: RunnerHost) -> None:
    host.start_agentless("--env=PATH=/usr/local/go/bin:/usr/bin:/bin", label="golang", language="go")
    await at.start_executor("go", COMPILE_TIMEOUT="60s")
    fine = 'package main\nimport "fmt"\nfunc main() { fmt.Println(1) }\n'
    ending = await at.finished(await at.submit(fine, language="go"), deadline=90)
    assert (ending.status, ending.result.stdout) == ("succeeded", "1\n"), ending
    broken = await at.finished(await at.submit("package main\nfunc main() { x }\n", language="go"), deadline=90)
    assert (broken.status, broken.result.stage) == ("compile_error", "compile")
    assert broken.result.compile is not None
    assert "undefined: x" in str(broken.result.compile.stderr)
