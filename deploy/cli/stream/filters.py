"""Filters and paging, the same for every command that lists facts or jobs."""

import argparse
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from deploy.cli.counts import count, skip
from deploy.cli.stream.moments import FORMS, moment
from streams import keys
from streams.facts import Status, Submission
from streams.jobid import JobId
from streams.replay.past import Past
from streams.replay.recorded import Recorded
from streams.state import Accepted

_decoder = msgspec.json.Decoder(Accepted)
MOST_ACCOUNTS = 100_000


def add_filters(parser: argparse.ArgumentParser, limit: int | None, *, times: bool = True, default: str = "") -> None:
    """The options of `Filter`, and paging. `default`: what is said of a limit whose default is not one number."""
    group = parser.add_argument_group("which")
    group.add_argument("--language", metavar="L", action="append", default=[], help="only this one; may be repeated")
    group.add_argument(
        "--status", metavar="S", action="append", default=[], choices=get_args(Status), help=", ".join(get_args(Status))
    )
    group.add_argument("--account", metavar="A", action="append", default=[], help="only this one's jobs")
    if times:
        group.add_argument("--from", dest="since", metavar="TIME", type=moment, help=f"from here on: {FORMS}")
        group.add_argument("--to", dest="until", metavar="TIME", type=moment, help="up to here")
    group.add_argument(
        "-n",
        "--limit",
        metavar="N",
        type=count,
        default=limit,
        help=f"at most so many (default: {default or '%(default)s'})",
    )


def add_skip(parser: argparse.ArgumentParser) -> None:
    """Paging, for what is no sequence in time."""
    parser.add_argument("--skip", metavar="N", type=skip, default=0, help="the next page: how many to leave out first")


@dataclass
class Filter:
    """Which facts are wanted. Accounts are looked up, as only submissions name them."""

    past: Past
    languages: frozenset[str]
    statuses: frozenset[str]
    accounts: frozenset[str]
    _known: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, arguments: argparse.Namespace, past: Past) -> "Filter":
        return cls(past, frozenset(arguments.language), frozenset(arguments.status), frozenset(arguments.account))

    async def wants(self, fact: Recorded) -> bool:
        """Whether `fact` passes. One that tells nothing of a status passes no filter on it."""
        if self.statuses and fact.status not in self.statuses:
            return False
        if fact.job is None:
            return not (self.languages or self.accounts)
        if self.languages and fact.job.address.language not in self.languages:
            return False
        return not self.accounts or await self._account(fact.job, fact) in self.accounts

    async def _account(self, job: JobId, fact: Recorded) -> str | None:
        if isinstance(fact.fact, Submission):
            self._known[str(job)] = fact.fact.account
        if str(job) not in self._known:
            if len(self._known) > MOST_ACCOUNTS:
                self._known.clear()
            raw = await self.past.wire.call("HGET", keys.hash_of(job), "submission")
            self._known[str(job)] = await self._archived_account(job) if raw is None else _decoder.decode(raw).account
        return self._known[str(job)]

    async def _archived_account(self, job: JobId) -> str | None:
        facts = [] if self.past.archive is None else await self.past.archive.facts(job)
        return next((fact.fact.account for fact in facts if isinstance(fact.fact, Submission)), None)
