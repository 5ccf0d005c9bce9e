"""`codeportal account create|list|show|disable|enable|promote|demote|set-plan`: accounts, for operators."""

import argparse

from deploy.cli.api import Server
from deploy.cli.command import Command
from deploy.cli.counts import count

ACTIONS = {
    "create": "make an account; its address counts as confirmed",
    "list": "accounts, newest first",
    "show": "an account and what happened to it",
    "disable": "nobody can log in, and sessions and keys do not hold, until enabled again",
    "enable": "undo disable",
    "promote": "make an administrator",
    "demote": "make no administrator",
    "set-plan": "change the plan",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in ACTIONS.items():
        sub = actions.add_parser(name, help=summary, description=summary)
        if name == "list":
            sub.add_argument("query", nargs="?", default="", help="part of an address or name, or an id")
            sub.add_argument("--after", metavar="ID", help="the next page: what the last one ended with")
        else:
            sub.add_argument("who", metavar="EMAIL" if name == "create" else "EMAIL_OR_ID")
        if name in ("list", "show"):
            sub.add_argument("-n", "--limit", metavar="N", type=count, default=50, help="at most so many (default: 50)")
        if name == "set-plan":
            sub.add_argument("plan", metavar="PLAN")
        if name == "create":
            sub.add_argument("--name", help="for people to read (default: the address up to the @)")
            sub.add_argument("--plan", default="free")
            sub.add_argument("--admin", action="store_true", help="an administrator")
            sub.add_argument("--password-stdin", action="store_true", help="read it from a line; else one is made")
        sub.add_argument("--json", action="store_true", help="one JSON object per line")
        sub.add_argument("--database", metavar="URL", help="PostgreSQL (default: DATABASE_URL, else the stack's own)")
        sub.add_argument("--project", metavar="NAME", help="which of the stacks started here (COMPOSE_PROJECT_NAME)")


def run(arguments: argparse.Namespace, server: Server) -> int:
    del server
    from deploy.cli.account_actions import act  # noqa: PLC0415 - slow to load, and no other command needs it

    return act(arguments)


ACCOUNT = Command(
    "account",
    "Accounts, for operators: create, list, show, disable, enable, promote, demote, set-plan",
    add_arguments,
    run,
    needs_server=False,
)
