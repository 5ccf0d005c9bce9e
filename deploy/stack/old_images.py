"""Images of earlier checkouts, some hundred MB for each change of the code: `deploy/up` takes them away in the end."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deploy.stack.command import attempt
from deploy.stack.console import Console

KEPT_FOR = timedelta(days=7)
"""Since a `deploy/up` last used it: whoever goes back to the release before need not build it again."""
_NO_TIME = 1
"""The year of the engine's zero, for an image that was given no name here."""
_FORMAT = "{{json .RepoTags}} {{json .Metadata.LastTagTime}}"


@dataclass(frozen=True)
class Tagged:
    """An image by one of its names. `at`: when it was given a name last, which each `deploy/up` does anew."""

    reference: str
    at: datetime


def forget(console: Console, current: Mapping[str, str], kept_for: timedelta = KEPT_FOR) -> None:
    """Removes names of the repositories of `current` (repository: reference) that are neither these nor young.

    The engine refuses where a container, running or not, needs one: another checkout's stack keeps its own.
    """
    found = [image for repository in current for image in _tagged(repository)]
    forgotten = [reference for reference in old(found, current, datetime.now(UTC) - kept_for) if _remove(reference)]
    if forgotten:
        console.say("images", f"forgot {len(forgotten)} that no stack has used for {kept_for.days} days")


def old(images: Iterable[Tagged], current: Mapping[str, str], before: datetime) -> list[str]:
    """The references that may go: not current, not `latest`, last used `before`."""
    kept = {*current.values(), *(f"{repository}:latest" for repository in current)}
    return [image.reference for image in images if image.reference not in kept and image.at < before]


def read(line: str, repository: str) -> list[Tagged]:
    """A line of `_FORMAT`: an image by each of its names in `repository`. None where the engine knows no time."""
    names, _, at = line.rpartition(" ")
    time = json.loads(at)
    if time is None or (moment := datetime.fromisoformat(time)).year == _NO_TIME:
        return []
    return [Tagged(name, moment) for name in json.loads(names) or () if name.startswith(f"{repository}:")]


def _tagged(repository: str) -> list[Tagged]:
    listed = attempt(["docker", "image", "ls", "--quiet", "--no-trunc", repository])
    ids = sorted(set(listed.output.split()))
    if not (listed.ok and ids):
        return []
    said = attempt(["docker", "image", "inspect", "--format", _FORMAT, *ids])
    if not said.ok:  # an engine that knows no such field, or an image that somebody else removes: another time, then
        return []
    return [image for line in said.output.splitlines() for image in read(line, repository)]


def _remove(reference: str) -> bool:
    return attempt(["docker", "image", "rm", reference]).ok
