"""The running service, seen through its HTTP API."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.stack.errors import DeployError

# The service is on this machine: a proxy of the environment could not reach it.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class FirstJob:
    """A program that shows that a language works."""

    language: str
    code: str
    expected: str


FIRST_JOBS = (
    FirstJob("python", 'print("Hello from Python")\n', "Hello from Python\n"),
    FirstJob("javascript", 'console.log("Hello from JavaScript")\n', "Hello from JavaScript\n"),
    FirstJob(
        "go",
        'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("Hello from Go") }\n',
        "Hello from Go\n",
    ),
)


def request(method: str, url: str, body: dict[str, Any] | None = None, deadline: float = 70.0) -> Answer:
    """Status and JSON body of one request. Raises OSError when nothing answers."""
    content = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method=method)  # noqa: S310 -- ours
    try:
        with DIRECT.open(call, timeout=deadline) as answer:
            return answer.status, _body(answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, _body(refusal.read())


def wait_until_ready(
    url: str, languages: set[str], seconds: float, progress: Callable[[str], None], check: Callable[[], None]
) -> None:
    """Returns when the service is ready and runs all `languages`. Raises DeployError saying what was not at the end.

    `check` is called between the attempts; it raises when waiting longer is useless.
    """
    deadline = time.monotonic() + seconds
    told = ""
    while lack := what_lacks(url, languages):
        if time.monotonic() > deadline:
            raise DeployError(f"the stack is not ready after {seconds:.0f} s: {lack}")
        if lack != told:
            progress(f"waiting: {lack}")
            told = lack
        check()
        time.sleep(0.3)


def what_lacks(url: str, languages: set[str]) -> str:
    """What keeps the service from running `languages`; empty when nothing does."""
    try:
        status, body = request("GET", f"{url}/health/ready", deadline=5)
        if status != 200:
            return unready(status, body)
        # Readiness speaks of the executors that have announced themselves: one that has not yet is no trouble to it.
        _, offered = request("GET", f"{url}/v1/languages", deadline=5)
    except (OSError, ValueError):
        return f"no answer from {url} yet"
    running = {language["name"] for language in offered.get("languages", []) if language["runners"]}
    return "; ".join(f"executor {name}: not there yet" for name in sorted(languages - running))


def unready(status: int, body: dict[str, Any]) -> str:
    """The checks of `/health/ready` that failed, or its answer when it has another form."""
    checks = body.get("checks")
    if not isinstance(checks, dict):
        return f"/health/ready answers {status}: {json.dumps(body)[:400]}"
    return "; ".join(f"{name}: {check['state']}" for name, check in checks.items() if not check["ok"])


def run_first_job(url: str, job: FirstJob) -> dict[str, Any]:
    """The finished job. Raises DeployError when its output is not as expected."""
    status, state = request("POST", f"{url}/v1/execute?wait=60s", {"language": job.language, "code": job.code})
    if status != 200 or state.get("status") != "succeeded" or state.get("stdout") != job.expected:
        raise DeployError(f"the {job.language} hello world did not work: HTTP {status} {json.dumps(state)[:600]}")
    return state


def _body(content: bytes) -> dict[str, Any]:
    body = json.loads(content or b"{}")
    return body if isinstance(body, dict) else {"body": body}
