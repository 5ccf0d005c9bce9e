"""`deploy/down`: stops a stack; with `--volumes` it is as if it had never been."""

import argparse
import os
import shutil

from deploy.stack import compose, engine, job_dirs, profiles, record, settings
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.record import StackRecord
from deploy.stack.up import only_one, runner_names


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--volumes", action="store_true", help="also forget the data: jobs, results, scale")


def main(console: Console, arguments: argparse.Namespace) -> int:
    wanted = settings.from_environ(os.environ)
    stack = record.load(wanted.state_dir)
    if stack is None and compose.running_services(wanted.project):
        raise DeployError(f"project {wanted.project} was started from another checkout: run deploy/down there")
    if stack is None:
        console.say("down", f"nothing was started here as project {wanted.project}")
        return 0
    if not engine.engine_answers():
        raise DeployError("the Docker engine does not answer, so the stack does not run; start it to remove the rest")
    with only_one(wanted.state_dir):
        take_down(console, stack, volumes=arguments.volumes)
    return 0


def take_down(console: Console, stack: StackRecord, volumes: bool) -> None:
    """Lets executors drain while their runners still live, then stops everything."""
    services = compose.of(stack)
    console.say("down", "letting running jobs finish")
    services.stop(("edge", *(f"executor-{language}" for language in profiles.load())))
    console.say("down", f"stopping project {stack.settings.project}")
    services.down(volumes)
    job_dirs.remove(stack.settings.job_dir, runner_names(stack))
    if volumes:
        shutil.rmtree(stack.settings.state_dir, ignore_errors=True)
    console.say("down", "stopped" + (", data forgotten" if volumes else "; the data is kept (--volumes forgets it)"))
