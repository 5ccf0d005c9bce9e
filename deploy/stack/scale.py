"""`deploy/scale LANGUAGE N`: N runners of a language, and an executor for every two of them, without a pause."""

import argparse
import os
from dataclasses import replace

from deploy.stack import compose, job_dirs, profiles, record, settings
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.record import StackRecord
from deploy.stack.up import only_one, runner_names

MOST_RUNNERS = 256


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("language", help="python, javascript, go (or an alias such as node)")
    parser.add_argument("runners", type=int, help="how many runners; executors become half as many, rounded up")


def main(console: Console, arguments: argparse.Namespace) -> int:
    state_dir = settings.from_environ(os.environ).state_dir
    stack = record.load(state_dir)
    if stack is None:
        raise DeployError(f"no stack was started as project {state_dir.name}: run deploy/up first")
    language = known_language(arguments.language, profiles.load())
    if not 0 <= arguments.runners <= MOST_RUNNERS:
        raise DeployError(f"{arguments.runners} runners: expected a number from 0 to {MOST_RUNNERS}")
    with only_one(state_dir):
        if compose.of(stack).is_running():
            rescale(console, stack, language, arguments.runners)
        else:
            record.save(_with_runners(stack, language, arguments.runners))
            console.say("scale", f"{language}: {arguments.runners} runner(s) from the next deploy/up on")
    return 0


def known_language(name: str, known: dict[str, profiles.Profile]) -> str:
    """The language that `name` or one of its aliases means. Raises DeployError listing the known ones."""
    for language, profile in known.items():
        if name == language or name in profile["aliases"]:
            return language
    raise DeployError(f"unknown language {name!r}: expected one of {', '.join(known)}")


def rescale(console: Console, stack: StackRecord, language: str, runners: int) -> None:
    """Adds or removes runners and executors of one language; touches nothing else that runs."""
    before = stack.runners.get(language, 0)
    wanted = _with_runners(stack, language, runners)
    surplus = tuple(profiles.service_name(language, number) for number in range(runners + 1, before + 1))
    leaving = compose.of(stack)
    executor = f"executor-{language}"
    if surplus:
        console.say("scale", f"draining {len(surplus)} runner(s) of {language}")
        leaving.remove(surplus)
    job_dirs.make(stack.settings.job_dir, runner_names(wanted))
    staying = tuple(profiles.service_name(language, number) for number in range(1, runners + 1))
    compose.of(wanted).up((executor, *staying), keep=True)
    job_dirs.remove(stack.settings.job_dir, sorted(set(runner_names(stack)) - set(runner_names(wanted))))
    record.save(wanted)
    console.say("scale", f"{language}: {runners} runner(s), {compose.executors_for(runners)} executor(s)")


def _with_runners(stack: StackRecord, language: str, runners: int) -> StackRecord:
    return replace(stack, runners={**stack.runners, language: runners})
