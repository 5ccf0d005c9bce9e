"""Whether a runner container, as the engine describes it, keeps untrusted code inside and within limits. Pure.

The first part is the executors' own check, so that what they refuse and what `deploy/doctor` says never differ.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from actors.runners.container import LANGUAGE_LABEL, POOL_LABEL, from_inspect
from actors.runners.safety import Requirements, dangers, shared_with
from deploy.stack.finding import Finding, bad, ok, warn
from deploy.stack.settings import DEFAULT_PROJECT

Inspected = dict[str, Any]


def belongs(container: Inspected, project: str) -> bool:
    """Whether executors of `project` would use it: by its pool, or by none in the default project."""
    labels = container["Config"].get("Labels") or {}
    return LANGUAGE_LABEL in labels and labels.get(POOL_LABEL, DEFAULT_PROJECT) == project


def judge_runner(container: Inspected, job_dir: Path, others: Sequence[Inspected] = ()) -> list[Finding]:
    """Findings on one entry of `docker inspect` among `others`; a single `ok` when there is nothing to say."""
    runner = from_inspect(container)
    shared = shared_with(runner, map(from_inspect, others))
    serious = [*dangers(runner, Requirements(job_dir)), *shared, *_limit_dangers(runner.host)]
    found = [bad(runner.name, text) for text in serious] + [warn(runner.name, text) for text in _doubts(runner.host)]
    return found or [ok(runner.name, "runner keeps the profile")]


def _limit_dangers(host: Inspected) -> Iterator[str]:
    if not host.get("Memory"):
        yield "has no memory limit"
    elif host.get("MemorySwap") != host["Memory"]:
        yield "may use swap beyond its memory limit"
    if (host.get("PidsLimit") or 0) <= 0:
        yield "has no limit on processes"


def _doubts(host: Inspected) -> Iterator[str]:
    if host.get("NetworkMode") not in ("none", "host"):
        yield f"is on the network {host.get('NetworkMode')}: jobs can reach it"
    if not host.get("NanoCpus") and not host.get("CpuQuota"):
        yield "has no CPU limit"
