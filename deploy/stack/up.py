"""`deploy/up`: from a bare machine to a service that has run a first job."""

import argparse
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack import (
    base_image,
    compose,
    database,
    engine,
    images,
    job_dirs,
    old_images,
    packages,
    profiles,
    record,
    redis,
    runtime,
    service,
    settings,
)
from deploy.stack.compose import Compose
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.record import StackRecord
from deploy.stack.settings import StackSettings

DEFAULT_RUNNERS = 2
READY_DEADLINE = 120.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="make the base image and every image anew")


def main(console: Console, arguments: argparse.Namespace) -> int:
    stack = bring_up(console, settings.from_environ(os.environ), renew=arguments.rebuild)
    greet(console, stack)
    old_images.forget(console, stack.images)
    return 0


def bring_up(console: Console, wanted: StackSettings, renew: bool = False) -> StackRecord:
    """Engine, images, services, in this order, until the service is ready. Raises DeployError."""
    packages.require_root("starting a stack")  # as its socket directories will: minutes later, were it not asked now
    job_dirs.make(wanted.job_dir, ())
    engine.ensure(console)
    runtime.ensure(console, wanted.runtime)
    built = prepare_images(console, renew)
    with only_one(wanted.state_dir):
        stack = StackRecord(redis.with_password(wanted), built, _runner_counts(wanted))
        start(console, stack)
    return stack


def prepare_images(console: Console, renew: bool = False) -> dict[str, str]:
    base = base_image.ensure(console, renew)
    return images.ensure(console, base, tuple(profiles.load()), renew)


def start(console: Console, stack: StackRecord) -> None:
    """Starts or adapts the services of `stack` and waits until they are ready."""
    job_dirs.make(stack.settings.job_dir, runner_names(stack))
    services = compose.of(stack)
    record.save(stack)
    console.say("services", f"starting project {stack.settings.project} (log: {services.log})")
    services.up()
    _wait(console, services)


def greet(console: Console, stack: StackRecord) -> None:
    """Runs a hello world in each language, where strangers may, and prints program, result and where to go."""
    url = stack.settings.url
    if not stack.settings.is_open:
        console.say("hello", "no first job: anonymous use is closed; `codeportal account create` makes an account")
    for job in service.FIRST_JOBS:
        if stack.settings.is_open and stack.runners.get(job.language):
            console.say("hello", job.language)
            console.print("    program: " + job.code.rstrip().replace("\n", "\n             "))
            result = service.run_first_job(url, job)
            console.print(
                f"    result:  {result['status']}, exit code {result['exit_code']},"
                f" {result['duration_ms']} ms, stdout {result['stdout']!r}"
            )
    console.say("ready", f"{url}  (documentation: {url}/docs; stop with deploy/down)")


def runner_names(stack: StackRecord) -> list[str]:
    return [
        profiles.container_name(stack.settings.project, language, number)
        for language, count in stack.runners.items()
        for number in range(1, count + 1)
    ]


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """One change to a stack at a time: two `deploy` programs at once would undo each other's work."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DeployError(f"another deploy program is changing this stack ({state_dir}); wait for it") from error
        yield


def _runner_counts(wanted: StackSettings) -> dict[str, int]:
    """What `deploy/scale` left, else two of each language."""
    known = record.load(wanted.state_dir)
    scaled = known.runners if known else {}
    return {language: scaled.get(language, DEFAULT_RUNNERS) for language in profiles.load()}


def _wait(console: Console, services: Compose) -> None:
    stack = services.stack
    languages = {language for language, count in stack.runners.items() if count}
    try:
        if database.is_own(stack.settings):
            database.wait_until_accepting(stack.settings, READY_DEADLINE)
        service.wait_until_ready(
            stack.settings.url, languages, READY_DEADLINE, lambda text: console.say("services", text), services.check
        )
    except DeployError as error:
        raise DeployError(f"{error}; what the services wrote is in {services.keep_logs()}") from error
    console.say("services", "ready")
