"""The locked dependencies: complete, with hashes, and without the name of any registry."""

import re
import tomllib

import pytest

from deploy.stack.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==", (ROOT / name).read_text(), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in requirements}


def test_the_service_lock_holds_every_dependency() -> None:
    assert names(PROJECT["dependencies"]) - locked("requirements.lock") == set(), "run deploy/lock"


def test_the_development_lock_holds_the_tools_too() -> None:
    wanted = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    assert wanted - locked("requirements-dev.lock") == set(), "run deploy/lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert [block.splitlines()[0] for block in blocks[1:] if "--hash=sha256:" not in block] == []
    assert "://" not in text
