"""What `deploy/doctor` finds safe and unsafe."""

from pathlib import Path
from typing import Any

import pytest

from deploy.stack import doctor, host_checks
from deploy.stack.finding import Finding
from deploy.stack.runner_checks import belongs, judge_runner

SAFE_HOST: dict[str, Any] = {
    "Privileged": False,
    "ReadonlyRootfs": True,
    "CapDrop": ["ALL"],
    "CapAdd": ["CAP_SETUID", "SETGID", "KILL"],
    "SecurityOpt": ["no-new-privileges", 'seccomp={"defaultAction":"SCMP_ACT_ERRNO"}'],
    "Memory": 512,
    "MemorySwap": 512,
    "PidsLimit": 256,
    "NanoCpus": 10**9,
    "NetworkMode": "none",
    "PidMode": "",
    "IpcMode": "private",
    "Devices": [],
}
OWN_MOUNT = {"Type": "bind", "Source": "/tmp/jobs/r1", "Destination": "/run/sandbox", "RW": True}


def judged(mounts: list[dict[str, Any]] | None = None, **host: Any) -> list[Finding]:
    return judge_runner(described(mounts, **host), Path("/tmp/jobs"))


def described(mounts: list[dict[str, Any]] | None = None, **host: Any) -> dict[str, Any]:
    """As `docker inspect` would."""
    return {
        "Id": "1",
        "Name": "/r1",
        "State": {"Running": True},
        "Config": {"Labels": {"sandbox.language": "python", "sandbox.pool": "mine"}},
        "HostConfig": SAFE_HOST | host,
        "Mounts": mounts or [OWN_MOUNT],
    }


def bad_texts(findings: list[Finding]) -> str:
    return "; ".join(finding.text for finding in findings if finding.level == "bad")


def test_a_runner_of_our_profile_is_fine() -> None:
    assert [finding.level for finding in judged()] == ["ok"]


@pytest.mark.parametrize(
    ("host", "complaint"),
    [
        ({"Privileged": True}, "is privileged"),
        ({"ReadonlyRootfs": False}, "writable root"),
        ({"CapDrop": None}, "keeps Docker's default capabilities"),
        ({"CapAdd": ["SYS_ADMIN"]}, "SYS_ADMIN"),
        ({"SecurityOpt": None}, "no-new-privileges"),
        ({"SecurityOpt": ["no-new-privileges:true", "seccomp=unconfined"]}, "seccomp=unconfined"),
        ({"SecurityOpt": ["no-new-privileges", "apparmor:unconfined"]}, "apparmor:unconfined"),
        ({"Memory": 0}, "no memory limit"),
        ({"MemorySwap": -1}, "may use swap"),
        ({"PidsLimit": None}, "no limit on processes"),
        ({"PidMode": "host"}, "PidMode is host"),
        ({"NetworkMode": "host"}, "NetworkMode is host"),
        ({"Devices": [{"PathOnHost": "/dev/kvm"}]}, "Devices is set"),
    ],
)
def test_what_lets_a_job_out_is_unsafe(host: dict[str, Any], complaint: str) -> None:
    assert complaint in bad_texts(judged(**host))


@pytest.mark.parametrize(
    ("mount", "complaint"),
    [
        ({"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/s", "RW": False}, "the Docker socket"),
        ({"Type": "bind", "Source": "/etc", "Destination": "/host", "RW": True}, "mounts bind /etc at /host"),
    ],
)
def test_mounts_of_the_host_are_unsafe(mount: dict[str, Any], complaint: str) -> None:
    assert complaint in bad_texts(judged([OWN_MOUNT, mount]))


def test_only_runners_of_the_own_pool_are_judged() -> None:
    assert belongs(described(), "mine")
    assert not belongs(described(), "codeportal")


def test_a_network_is_worth_a_warning() -> None:
    assert [finding.level for finding in judged(NetworkMode="internal")] == ["warn"]


def test_durable_redis_is_fine() -> None:
    settings = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
    assert {finding.level for finding in host_checks.judge_redis(settings)} == {"ok"}


@pytest.mark.parametrize(
    "change", [{"appendonly": "no"}, {"appendfsync": "everysec"}, {"maxmemory-policy": "allkeys-lru"}]
)
def test_forgetful_redis_is_unsafe(change: dict[str, str]) -> None:
    settings = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"} | change
    assert [finding.level for finding in host_checks.judge_redis(settings)].count("bad") == 1


def test_an_engine_without_seccomp_is_unsafe() -> None:
    levels = {finding.subject: finding.level for finding in host_checks.judge_isolation({"SecurityOptions": []})}
    assert levels["seccomp"] == "bad"
    assert levels["apparmor"] == "warn"


def test_an_engine_that_cannot_limit_memory_is_unsafe() -> None:
    info = {"SecurityOptions": ["name=seccomp,profile=default"], "MemoryLimit": False}
    assert "memory" in bad_texts(host_checks.judge_isolation(info))


@pytest.mark.parametrize(
    ("version", "level"), [("", "warn"), ("19.03.1", "bad"), ("20.10.24+dfsg1", "ok"), ("28.5.1", "ok")]
)
def test_engines_from_20_10_are_fine(version: str, level: str) -> None:
    assert host_checks.judge_engine(version).level == level


def test_a_runtime_that_the_engine_does_not_know_is_bad() -> None:
    [finding] = host_checks.judge_runtime({"Runtimes": {"runc": {}}}, "runsc")
    assert finding.level == "bad"


@pytest.mark.parametrize(("arguments", "said"), [(["--platform=ptrace"], True), (["--oci-seccomp"], False)])
def test_gvisor_without_the_seccomp_profile_is_told(arguments: list[str], said: bool) -> None:
    runtimes = {"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": arguments}}
    [finding] = host_checks.judge_runtime({"Runtimes": runtimes}, "runsc")
    assert ("seccomp profile is not applied" in finding.text) is said


@pytest.mark.parametrize(("free", "level"), [(0.5, "bad"), (3, "warn"), (50, "ok")])
def test_little_disk_space_is_said(free: float, level: str) -> None:
    assert host_checks.judge_disk("/var/lib/docker", int(free * host_checks.GIB)).level == level


DURABLE_POSTGRES = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "password_encryption": "scram-sha-256",
}


def test_a_durable_postgresql_is_fine() -> None:
    assert {finding.level for finding in host_checks.judge_postgres(DURABLE_POSTGRES)} == {"ok"}


@pytest.mark.parametrize("name", DURABLE_POSTGRES)
def test_a_postgresql_that_could_lose_facts_is_not(name: str) -> None:
    found = host_checks.judge_postgres({**DURABLE_POSTGRES, name: "off"})
    assert f"{name} is off" in bad_texts(found)


@pytest.mark.parametrize("pattern", ["core\n", "/var/crash/%e.%p\n", "\n"])
def test_a_core_dump_that_is_a_file_is_fine(pattern: str) -> None:
    assert host_checks.judge_core_pattern(pattern).level == "ok"


def test_a_program_that_the_kernel_runs_for_a_crash_is_named() -> None:
    finding = host_checks.judge_core_pattern("|/usr/share/apport/apport -p%p -s%s\n")
    assert (finding.level, "/usr/share/apport/apport runs for each crash" in finding.text) == ("warn", True)


@pytest.mark.parametrize(("version", "level", "said"), [(0, "warn", "off"), (1, "warn", "older"), (2, "ok", "2")])
def test_landlock_is_judged_by_its_version(version: int, level: str, said: str) -> None:
    finding = host_checks.judge_landlock(version)
    assert (finding.level, said in finding.text) == (level, True)


def test_a_runner_on_anothers_socket_directory_is_not_fine() -> None:
    other = described() | {"Id": "2", "Name": "/r2"}
    found = judge_runner(described(), Path("/tmp/jobs"), [other])
    assert "shares its socket directory /tmp/jobs/r1 with r2" in bad_texts(found)


def test_files_that_jobs_could_open_are_no_more_than_there_are() -> None:
    runner = {"HostConfig": {"PidsLimit": 259, "Memory": 528 << 20, "Ulimits": [{"Name": "nofile", "Hard": 4096}]}}
    assert doctor.open_files([runner] * 6) == 6 * 259 * 4096
    finding = host_checks.judge_open_files(2_466_174, doctor.open_files([runner] * 6))
    assert finding.level == "warn"
    assert "fs.file-max" in finding.text
    assert host_checks.judge_open_files(1 << 62, doctor.open_files([runner] * 6)).level == "ok"


def test_memory_bounds_the_files_of_a_runner_without_another_limit() -> None:
    runner = {"HostConfig": {"PidsLimit": 100_000, "Memory": 64 << 20, "Ulimits": None}}
    assert doctor.open_files([runner]) == (64 << 20) // 256
