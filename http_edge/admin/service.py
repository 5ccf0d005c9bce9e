"""The routes of administration."""

from collections.abc import Sequence

from starlette.routing import Route

from http_edge.accounts.memory import CallerMemory
from http_edge.accounts.service import AccountService
from http_edge.accounts.store import Accounts
from http_edge.admin.dead import Dead
from http_edge.admin.overview import Overview
from http_edge.admin.people import People
from http_edge.edge import Edge
from streams.redis.wire import Wire


class Administration:
    """Only where there are accounts can anybody be an administrator."""

    def __init__(self, wire: Wire, accounts: Accounts, memory: CallerMemory) -> None:
        self._wire = wire
        self._accounts = accounts
        self._memory = memory

    def routes(self, edge: Edge) -> Sequence[Route]:
        """The routes, over `edge`."""
        overview, dead = Overview(edge, self._wire), Dead(edge, self._wire)
        people = People(edge, self._accounts, self._memory)
        return [
            Route("/v1/admin/overview", overview.overview, methods=["GET"]),
            Route("/v1/admin/failures", overview.failures, methods=["GET"]),
            Route("/v1/admin/dead", dead.list, methods=["GET"]),
            Route("/v1/admin/dead/{key}/retry", dead.retry, methods=["POST"]),
            Route("/v1/admin/dead/{key}", dead.drop, methods=["DELETE"]),
            Route("/v1/admin/accounts", people.list, methods=["GET"]),
            Route("/v1/admin/accounts/{id}", people.change, methods=["PATCH"]),
        ]


def administration_of(accounts: AccountService | None, wire: Wire) -> Administration | None:
    """That of a process with these accounts."""
    return None if accounts is None else Administration(wire, accounts.stores.people, accounts.memory)
