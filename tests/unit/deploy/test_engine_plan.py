"""What `deploy/up` decides to install and how it starts the engine."""

from pathlib import Path

import pytest

from deploy.stack.doctor import examine
from deploy.stack.engine import EngineFacts, engine_answers, missing_parts, start_methods
from deploy.stack.settings import from_environ

CLIENT_OF_26 = """#!/bin/sh
echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2
case "$*" in
    *json*) echo '{"ID": "", "Containers": 0, "DockerRootDir": "", "ServerErrors": ["Cannot connect"]}' ;;
    *) echo ;;
esac
"""
"""What a newer `docker` says where no engine answers: it exits with 0."""


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


def test_a_client_that_exits_with_0_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text(CLIENT_OF_26)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert not engine_answers()
    findings = {finding.subject: finding for finding in examine(from_environ({}))}
    assert "no Docker engine answers" in findings["engine"].text
