"""What `deploy/up` decides to install and how it starts the engine."""

from pathlib import Path

import pytest

from deploy.stack.doctor import examine
from deploy.stack.engine import EngineFacts, engine_answers, engines_here, missing_parts, start_methods, unsuited
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
    ("host", "options", "said"),
    [
        ("unix:///var/run/docker.sock", ["name=apparmor", "name=seccomp,profile=default"], None),
        ("unix:///run/docker.sock", [], None),
        ("tcp://10.0.0.1:2376", [], "is at tcp://10.0.0.1:2376"),
        ("unix:///home/me/.docker/desktop/docker.sock", [], "with DOCKER_HOST unset"),
        ("unix:///var/run/docker.sock", ["name=seccomp,profile=default", "name=rootless"], "`name=rootless`"),
        ("unix:///var/run/docker.sock", ["name=userns"], "without userns-remap"),
    ],
)
def test_an_engine_that_no_stack_can_live_on_is_refused(host: str, options: list[str], said: str | None) -> None:
    """At once, and not by agents that cannot make their sockets after minutes of building."""
    refusal = unsuited(host, options)
    assert refusal is None if said is None else said in str(refusal)


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


def process(proc: Path, pid: str, cmdline: bytes, namespace: str = "mnt:[1]") -> None:
    (proc / pid / "ns").mkdir(parents=True)
    (proc / pid / "cmdline").write_bytes(cmdline)
    (proc / pid / "ns" / "mnt").symlink_to(namespace)


def test_an_engine_that_runs_is_found_whether_it_answers_or_not(tmp_path: Path) -> None:
    """One of another mount namespace has another socket, and so has one that was told to."""
    process(tmp_path, "self", b"python3\0")
    process(tmp_path, "10", b"/usr/bin/dockerd\0-p\0/var/run/docker.pid\0")
    process(tmp_path, "9", b"dockerd\0")
    process(tmp_path, "11", b"dockerd\0--host=unix:///tmp/s\0")
    process(tmp_path, "12", b"dockerd\0-H\0unix:///tmp/s\0")
    process(tmp_path, "13", b"dockerd\0", "mnt:[2]")
    process(tmp_path, "14", b"grep\0dockerd\0")
    process(tmp_path, "15", b"")
    (tmp_path / "16").mkdir()
    assert engines_here(tmp_path) == [9, 10]
