"""The OpenAPI document's links: which answer has what another operation wants to be told."""

from collections.abc import Mapping
from typing import NamedTuple

from http_edge.openapi_answers import Schema


class Link(NamedTuple):
    """The answer with that status of one operation has the parameters of others, by runtime expressions."""

    operation: str
    status: str
    to: tuple[str, ...]
    parameters: Mapping[str, str]


_BODY, _PATH = "$response.body#/", "$request.path."
_OF_JOB = ("readJob", "cancelJob", "listenToJob", "readSource", "readFacts", "share", "listShares")
_LINKS = (
    Link("submit", "202", _OF_JOB, {"id": f"{_BODY}id"}),
    Link("submit", "200", _OF_JOB, {"id": f"{_BODY}id"}),
    Link("share", "201", ("readShare",), {"token": f"{_BODY}token"}),
    Link("share", "201", ("revokeShare",), {"id": f"{_PATH}id", "token": f"{_BODY}token"}),
    Link("listJobs", "200", _OF_JOB, {"id": f"{_BODY}jobs/0/id"}),
    Link("logIn", "201", ("endSession",), {"id": f"{_BODY}session/id"}),
    Link("listSessions", "200", ("endSession",), {"id": f"{_BODY}sessions/0/id"}),
    Link("makeKey", "201", ("revokeKey",), {"id": f"{_BODY}id"}),
    Link("listKeys", "200", ("revokeKey",), {"id": f"{_BODY}keys/0/id"}),
    Link("listDead", "200", ("retryDead", "dropDead"), {"key": f"{_BODY}dead/0/key"}),
    Link("retryDead", "202", _OF_JOB, {"id": f"{_BODY}job"}),
    Link("findAccounts", "200", ("changeAccountAsAdmin",), {"id": f"{_BODY}accounts/0/id"}),
)


def add_links(document: Schema) -> None:
    """Add those between operations that `document` has."""
    operations = {
        operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()
    }
    for link in _LINKS:
        if link.operation in operations:
            answer = operations[link.operation]["responses"][link.status]
            answer.setdefault("links", {}).update(
                {
                    name: {"operationId": name, "parameters": dict(link.parameters)}
                    for name in link.to
                    if name in operations
                }
            )
