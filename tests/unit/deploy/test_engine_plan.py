"""What `deploy/up` decides to install and how it starts the engine."""

import pytest

from deploy.stack.engine import EngineFacts, missing_parts, start_methods


def machine(
    *, answers: bool = False, client: bool = False, daemon: bool = False, compose: bool = False, remote: bool = False
) -> EngineFacts:
    return EngineFacts(answers, client, daemon, compose, remote)


@pytest.mark.parametrize(
    ("facts", "parts"),
    [
        (machine(), ("engine", "compose")),
        (machine(client=True), ("engine", "compose")),
        (machine(client=True, compose=True), ("engine",)),
        (machine(client=True, daemon=True, compose=True), ()),
        (machine(answers=True, client=True, compose=True), ()),
        (machine(answers=True, client=True, daemon=True), ("compose",)),
        (machine(remote=True), ("engine", "compose")),
        (machine(remote=True, client=True, compose=True), ()),
    ],
    ids=["bare", "client only", "client and compose", "stopped", "running", "no compose", "remote bare", "remote down"],
)
def test_only_what_is_missing_is_installed(facts: EngineFacts, parts: tuple[str, ...]) -> None:
    assert missing_parts(facts) == parts


@pytest.mark.parametrize(
    ("systemd", "init_script", "methods"),
    [
        (True, True, ("systemd",)),
        (True, False, ("systemd",)),
        (False, True, ("service", "by hand")),
        (False, False, ("by hand",)),
    ],
)
def test_the_engine_is_started_the_way_the_machine_starts_things(
    systemd: bool, init_script: bool, methods: tuple[str, ...]
) -> None:
    assert start_methods(systemd, init_script) == methods
