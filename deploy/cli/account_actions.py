"""What `codeportal account` does. Apart from its command line, as it loads much that no other command needs."""

import argparse
import asyncio
import getpass
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.cli import exits
from deploy.cli.command import UsageError
from deploy.cli.database import NoDatabaseError, find_database
from deploy.cli.terminal import say, table
from http_edge.accounts import rules
from http_edge.accounts.desk import rendered
from http_edge.accounts.facts import (
    AdminSet,
    DisabledSet,
    PlanSet,
    Registered,
    UnknownAccountFactError,
    encode_account_fact,
)
from http_edge.accounts.model import Account
from http_edge.accounts.passwords import Passwords
from http_edge.accounts.store import Accounts, NewAccount
from http_edge.accounts.tokens import is_id, new_id
from http_edge.accounts.upkeep import SCHEMA
from http_edge.plans import FREE, plans
from streams.env import Env, SettingError
from streams.postgres.database import DatabaseUnavailableError, open_database
from streams.postgres.migrations import SchemaUnknownError, migrate
from streams.system import SystemClock


class NoAccountError(Exception):
    """Nobody has that address or id."""


@dataclass(frozen=True)
class Office:
    """The accounts, and what the operator wants with them."""

    accounts: Accounts
    arguments: argparse.Namespace

    def stamp(self, account: str) -> dict[str, Any]:
        by = f"codeportal of {getpass.getuser()}"
        return {"at": SystemClock().now(), "by": by, "account": account, "actor": "operator"}

    async def meant(self) -> Account:
        """The account that `who` names. Raises NoAccountError."""
        who = self.arguments.who
        found = await self.accounts.find(who) if is_id(who) else None
        if found is None:
            known = await self.accounts.find_by_email(who)
            found = None if known is None else known.account
        if found is None:
            raise NoAccountError(f"nobody has the address or id {who!r}")
        return found


async def create(office: Office) -> int:
    """An account whose address the operator vouches for."""
    arguments = office.arguments
    email = _checked("EMAIL", rules.email_address, arguments.who)
    name = _checked("--name", rules.name, arguments.name or email.partition("@")[0])
    plan = _plan("--plan", arguments.plan)
    given = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else ""
    password = _checked("password", rules.password, given) if arguments.password_stdin else secrets.token_urlsafe(15)
    passwords = Passwords()
    try:
        password_hash = await passwords.hash(password)
    finally:
        passwords.close()
    new = NewAccount(new_id(), email, name, password_hash, plan, arguments.admin, SystemClock().now())
    if not await office.accounts.create(new, Registered(**office.stamp(new.id))):
        raise UsageError(f"{email} has an account already")
    if not arguments.password_stdin:
        say(f"the password of {email}, shown only here: {password}")
    return await _show(office, new.id)


async def list_accounts(office: Office) -> int:
    arguments, before = office.arguments, None
    if arguments.after is not None:
        last = await office.accounts.find(arguments.after)
        if last is None:
            raise UsageError(f"--after {arguments.after}: there is no account with this id any more")
        before = (last.created_at, last.id)
    found = await office.accounts.page(arguments.query, before, arguments.limit + 1)
    if len(found) > arguments.limit:
        found = found[: arguments.limit]
        say(f"there are more: --after {found[-1].id}")
    if arguments.json:
        for account in found:
            print(json.dumps(_as_object(account), ensure_ascii=False))
        return 0
    rows = [
        (each.id, each.email, each.plan, _state(each), each.created_at.strftime("%Y-%m-%d"), each.display_name)
        for each in found
    ]
    print(table(("ID", "EMAIL", "PLAN", "STATE", "SINCE", "NAME"), rows) if rows else "no accounts")
    return 0


async def show(office: Office) -> int:
    """The account, and its audit log, newest first."""
    account = await office.meant()
    await _show(office, account.id)
    for fact in await office.accounts.facts(account.id, limit=office.arguments.limit):
        print(encode_account_fact(fact))
    return 0


async def set_disabled(office: Office) -> int:
    account = await office.meant()
    disabled = office.arguments.action == "disable"
    await office.accounts.set_disabled(account.id, DisabledSet(**office.stamp(account.id), disabled=disabled))
    return await _show(office, account.id)


async def set_admin(office: Office) -> int:
    account = await office.meant()
    admin = office.arguments.action == "promote"
    await office.accounts.set_admin(account.id, AdminSet(**office.stamp(account.id), admin=admin))
    return await _show(office, account.id)


async def set_plan(office: Office) -> int:
    account = await office.meant()
    plan = _plan("PLAN", office.arguments.plan)
    await office.accounts.set_plan(account.id, PlanSet(**office.stamp(account.id), plan=plan))
    return await _show(office, account.id)


def _plan(what: str, text: str) -> str:
    """A plan's name. One that is unknown here is told, not refused: the edges' PLANS may be others than those here."""
    name = _checked(what, rules.plan, text)
    known = plans(Env(os.environ), production=False).quotas
    if name not in known:
        say(
            f"no plan {name!r} is known here ({', '.join(known)}); "
            f"while the edges' PLANS do not have it either, the account has the quota of {FREE!r}"
        )
    return name


ACTIONS: Mapping[str, Callable[[Office], Awaitable[int]]] = {
    "create": create,
    "list": list_accounts,
    "show": show,
    "disable": set_disabled,
    "enable": set_disabled,
    "promote": set_admin,
    "demote": set_admin,
    "set-plan": set_plan,
}


def act(arguments: argparse.Namespace) -> int:
    """Do what the arguments say; the exit code. Raises UsageError."""
    try:
        return asyncio.run(_run(arguments))
    except SettingError as error:
        raise UsageError(str(error)) from error
    except (NoDatabaseError, DatabaseUnavailableError) as error:
        say(str(error))
        return exits.UNAVAILABLE
    except NoAccountError as error:
        say(str(error))
        return exits.NOT_FOUND
    except (SchemaUnknownError, UnknownAccountFactError) as error:
        say(f"{error}; upgrade this command")
        return exits.SOFTWARE


async def _run(arguments: argparse.Namespace) -> int:
    settings = find_database(arguments.database, arguments.project, os.environ)
    await migrate(settings, SCHEMA)
    async with open_database(settings, "codeportal account", most=1) as database:
        return await ACTIONS[arguments.action](Office(Accounts(database), arguments))


def _checked(name: str, parse: Callable[[str], str], value: str) -> str:
    try:
        return parse(value)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error


async def _show(office: Office, account: str) -> int:
    found = await office.accounts.find(account)
    if found is None:
        raise NoAccountError("the account was deleted meanwhile")
    if office.arguments.json:
        print(json.dumps(_as_object(found), ensure_ascii=False))
    else:
        print(f"{found.id}  {found.email}  {found.plan}  {_state(found)}  {found.display_name}")
    return 0


def _as_object(account: Account) -> dict[str, Any]:
    return {**rendered(account), "disabled": account.disabled_at is not None}


def _state(account: Account) -> str:
    words = [
        *(("admin",) if account.admin else ()),
        *(("disabled",) if account.disabled_at else ()),
        *(() if account.verified_at else ("unverified",)),
    ]
    return ", ".join(words) or "ok"
