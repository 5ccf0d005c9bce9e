"""The running stack that these tests talk to. They start none: `deploy/test` does, and tells where it is."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.portal import Portal
from tests.e2e.stack import Stack, load_stack

ADVICE = "the end-to-end tests need a running stack: run deploy/test, which starts one, or set it to one's own"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this directory is end to end, before pytest selects by mark: else a forgotten mark is a test left out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def required(name: str) -> str:
    """The value of an environment variable that a test cannot do without."""
    value = os.environ.get(name)
    if not value:
        pytest.fail(f"{name} is not set; {ADVICE}", pytrace=False)
    return value


@pytest.fixture(scope="session")
def url() -> str:
    found = required("CODEPORTAL_URL")
    try:
        httpx.get(f"{found}/health", timeout=10.0, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        pytest.fail(f"CODEPORTAL_URL={found!r} does not answer ({error}); {ADVICE}", pytrace=False)
    return found


@pytest.fixture(scope="session")
def portal(url: str) -> Iterator[Portal]:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    # No proxy of the environment: the stack is this machine's.
    with httpx.Client(base_url=url, timeout=90.0, limits=limits, trust_env=False) as client:
        yield Portal(client)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The containers behind the URL."""
    with load_stack(required("CODEPORTAL_PROJECT")) as found:
        yield found
