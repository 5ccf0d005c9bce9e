"""Entry point of `codeportal`: parses the command line, opens the server, runs one subcommand."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from deploy.cli import exits
from deploy.cli.account import ACCOUNT
from deploy.cli.api import RequestRefusedError, ServerUnavailableError, open_server
from deploy.cli.command import Command, UsageError
from deploy.cli.durations import seconds
from deploy.cli.languages import LANGUAGES
from deploy.cli.run import RUN
from deploy.cli.status import STATUS
from deploy.cli.stream import STREAM_COMMANDS
from deploy.cli.terminal import say

COMMANDS: tuple[Command, ...] = (RUN, LANGUAGES, STATUS, ACCOUNT, *STREAM_COMMANDS)
DEFAULT_SERVER = "http://127.0.0.1:8080"


def parser(commands: Sequence[Command], environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line that `commands` make up; `environ` gives the server's default."""
    top = argparse.ArgumentParser(
        prog="codeportal", description="Run code on a CodePortal server, and look at what happened there."
    )
    top.add_argument("--version", action="version", version=f"codeportal {version('codeportal')}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands:
        sub = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=command.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command.needs_server:
            _add_server_options(sub, environ)
        else:
            sub.set_defaults(server=DEFAULT_SERVER, patience=0.0)
        command.add_arguments(sub)
        sub.set_defaults(chosen=command)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (by default the process's own); the exit code."""
    arguments = parser(COMMANDS, os.environ).parse_args(argv)
    try:
        return _run(arguments)
    except UsageError as error:
        say(str(error))
        return exits.USAGE
    except RequestRefusedError as error:
        say(f"the server refuses: {error}")
        return exits.USAGE if 400 <= error.status < 500 else exits.SOFTWARE
    except ServerUnavailableError as error:
        say(str(error))
        return exits.UNAVAILABLE
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; without this the interpreter complains again while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13


def _run(arguments: argparse.Namespace) -> int:
    command: Command = arguments.chosen
    try:
        # Not from the command line, which everybody on the machine can read.
        key = os.environ.get("CODEPORTAL_API_KEY", "").strip() if command.needs_server else ""
        server = open_server(arguments.server, arguments.patience, say, key)
    except ValueError as error:
        raise UsageError(f"--server: {error}") from error
    with server.client:
        code = command.run(arguments, server)
        sys.stdout.flush()
        return code


def _add_server_options(sub: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = sub.add_argument_group("server", "CODEPORTAL_API_KEY: an API key, for a server that is not open to all")
    group.add_argument(
        "--server",
        metavar="URL",
        default=environ.get("CODEPORTAL_URL") or DEFAULT_SERVER,
        help="where it is (default: CODEPORTAL_URL, now %(default)s)",
    )
    group.add_argument(
        "--patience",
        metavar="DURATION",
        type=seconds,
        default=60.0,
        help="how long to keep trying while it is busy or restarts (default: 1m)",
    )


if __name__ == "__main__":
    sys.exit(main())
