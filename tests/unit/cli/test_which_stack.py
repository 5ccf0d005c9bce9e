"""Which of the stacks that `deploy/up` started here a command means."""

from pathlib import Path

import pytest

from deploy.cli.database import NoDatabaseError, find_database
from deploy.cli.stream.finding import find
from deploy.stack import record, settings
from deploy.stack.record import StackRecord

OWN, OTHER = "postgresql://u@own/db", "postgresql://u@other/db"


@pytest.fixture(autouse=True)
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stacks, each with a Redis and a PostgreSQL that its settings name; none has the usual project."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    for project, url in (("cp-own", OWN), ("cp-other", OTHER)):
        known = {"COMPOSE_PROJECT_NAME": project, "DATABASE_URL": url, "REDIS_ADDR": f"{project}:6379"}
        record.save(StackRecord(settings.from_environ(known), {}, {}))


@pytest.mark.parametrize(
    ("project", "environ", "url"),
    [
        ("cp-other", {}, OTHER),
        ("cp-other", {"COMPOSE_PROJECT_NAME": "cp-own", "CODEPORTAL_PROJECT": "cp-own"}, OTHER),
        (None, {"COMPOSE_PROJECT_NAME": "cp-own"}, OWN),
        (None, {"CODEPORTAL_PROJECT": "cp-own"}, OWN),
        (None, {"CODEPORTAL_PROJECT": "cp-own", "COMPOSE_PROJECT_NAME": "cp-other"}, OWN),
        ("cp-other", {"DATABASE_URL": "postgresql://u@elsewhere/db", "REDIS_ADDR": "elsewhere:1"}, OTHER),
    ],
)
def test_account_and_stream_commands_find_the_same_stack(
    project: str | None, environ: dict[str, str], url: str
) -> None:
    assert find_database(None, project, environ).url == url
    found = find(None, project, environ)
    assert found.database is not None
    assert found.database.url == url


def test_among_several_one_must_be_named() -> None:
    with pytest.raises(NoDatabaseError, match="--project is one of cp-other, cp-own"):
        find_database(None, None, {})


def test_one_that_was_not_started_is_told() -> None:
    with pytest.raises(NoDatabaseError, match="started no stack 'cp-none' here"):
        find_database(None, None, {"CODEPORTAL_PROJECT": "cp-none"})
