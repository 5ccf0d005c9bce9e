"""The Compose services of the runners, generated from the profiles."""

import re
from pathlib import Path
from typing import Any

import pytest

from deploy.stack import profiles
from deploy.stack.compose import executors_for
from deploy.stack.errors import DeployError
from deploy.stack.scale import known_language
from deploy.stack.settings import ROOT, StackSettings

PROFILES = profiles.load()
IMAGES = {profile["image"]: f"{profile['image']}:abc" for profile in PROFILES.values()}


@pytest.fixture(autouse=True)
def _seccomp_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout root with the seccomp profiles in it."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "seccomp.json").write_text("{}")
    (tmp_path / "deploy" / "seccomp-gvisor.json").write_text("{}")
    monkeypatch.setattr(profiles, "ROOT", tmp_path)


def stack(**process: str) -> StackSettings:
    return StackSettings("codeportal", "127.0.0.1", 8080, Path("/tmp/jobs"), process)


def services(settings: StackSettings, **counts: int) -> dict[str, Any]:
    document: dict[str, Any] = profiles.runner_services(settings, PROFILES, counts, IMAGES)["services"]
    return document


def test_every_runner_is_a_service_of_its_own() -> None:
    assert list(services(stack(), python=2, go=1)) == ["runner-python-1", "runner-python-2", "runner-go-1"]


def test_every_runner_mounts_only_its_own_socket_directory() -> None:
    mounts = [service["volumes"] for service in services(stack(), python=2).values()]
    assert mounts == [[f"/tmp/jobs/codeportal-runner-python-{number}:/run/sandbox"] for number in (1, 2)]


@pytest.mark.parametrize("language", list(PROFILES))
def test_runners_have_least_privilege(language: str) -> None:
    [service] = services(stack(), **{language: 1}).values()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert set(service["cap_add"]) <= {"SETUID", "SETGID", "KILL"}
    assert service["network_mode"] == "none"
    assert service["memswap_limit"] == service["mem_limit"]
    assert any(option.startswith("seccomp:/") for option in service["security_opt"])
    assert "no-new-privileges" in service["security_opt"]


def test_sandbox_network_replaces_no_network() -> None:
    settings = stack(SANDBOX_NETWORK="internal")
    document = profiles.runner_services(settings, PROFILES, {"python": 1}, IMAGES)
    [service] = document["services"].values()
    assert "network_mode" not in service
    assert document["networks"] == {"runners": {"external": True, "name": "internal"}}


def test_sandbox_runtime_becomes_the_runners_runtime() -> None:
    [service] = services(stack(SANDBOX_RUNTIME="runsc"), python=1).values()
    assert service["runtime"] == "runsc"
    assert service["security_opt"][-1].endswith("/deploy/seccomp-gvisor.json")


def test_a_changed_seccomp_profile_changes_the_service(tmp_path: Path) -> None:
    before = services(stack(), python=1)
    (tmp_path / "deploy" / "seccomp.json").write_text('{"defaultAction": "SCMP_ACT_ERRNO"}')
    assert services(stack(), python=1) != before


def test_a_missing_seccomp_profile_is_named(tmp_path: Path) -> None:
    (tmp_path / "deploy" / "seccomp.json").unlink()
    with pytest.raises(DeployError, match=r"seccomp\.json is missing"):
        services(stack(), python=1)


def test_a_cpu_limit_fits_the_machine() -> None:
    assert profiles.usable_cpus(2.0, present=1) == 1.0
    assert profiles.usable_cpus(2.0, present=8) == 2.0


@pytest.mark.parametrize(("runners", "executors"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)])
def test_there_is_an_executor_for_every_two_runners(runners: int, executors: int) -> None:
    assert executors_for(runners) == executors


@pytest.mark.parametrize(("name", "language"), [("py", "python"), ("node", "javascript"), ("go", "go")])
def test_aliases_mean_their_language(name: str, language: str) -> None:
    assert known_language(name, PROFILES) == language


def test_an_unknown_language_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DeployError, match="'perl': expected one of python, javascript, go"):
        known_language("perl", PROFILES)


def test_everything_comes_back_after_its_engine_was_killed() -> None:
    """With `unless-stopped` an engine that finds containers running, which it does not know, stops them for good."""
    policies = re.findall(r"^ *restart: *(.*)$", (ROOT / "deploy" / "compose.yml").read_text(), re.MULTILINE)
    policies += [service["restart"] for service in services(stack(), python=1, go=1, javascript=1).values()]
    assert len(policies) > 3
    assert set(policies) == {"always"}
