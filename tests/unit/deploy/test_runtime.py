"""Making gVisor known to an engine changes nothing else about it."""

import json
from pathlib import Path

import pytest

from deploy.stack.errors import DeployError
from deploy.stack.runtime import GVISOR_ARGUMENTS, add_gvisor, is_of_an_earlier_release, why_not


def test_what_else_is_configured_stays(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    file.write_text(json.dumps({"data-root": "/data", "runtimes": {"kata": {"path": "/kata"}}}))
    add_gvisor(file, "/usr/bin/runsc")
    gvisor = {"path": "/usr/bin/runsc", "runtimeArgs": list(GVISOR_ARGUMENTS)}
    runtimes = {"kata": {"path": "/kata"}, "runsc": gvisor}
    assert json.loads(file.read_text()) == {"data-root": "/data", "runtimes": runtimes}


def test_a_configuration_is_made_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "docker" / "daemon.json"
    add_gvisor(file, "/usr/bin/runsc")
    assert json.loads(file.read_text()).keys() == {"runtimes"}


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_configuration_is_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    file.write_text(text)
    with pytest.raises(DeployError, match="cannot be added"):
        add_gvisor(file, "/usr/bin/runsc")
    assert file.read_text() == text


def test_what_an_earlier_release_configured_is_noticed_and_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    assert not is_of_an_earlier_release(file, "runsc")
    for arguments, expected in (
        (list(GVISOR_ARGUMENTS), False),
        (["--platform=systrap"], False),
        ([argument for argument in GVISOR_ARGUMENTS if argument != "--oci-seccomp"], True),
    ):
        file.write_text(json.dumps({"runtimes": {"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": arguments}}}))
        assert is_of_an_earlier_release(file, "runsc") is expected


def test_only_gvisor_can_be_added_and_only_to_an_engine_of_this_machine() -> None:
    assert why_not("runsc", ["runc"], remote=False) is None
    assert "the Docker engine knows runc, kata" in str(why_not("crun", ["runc", "kata"], remote=False))
    assert "DOCKER_HOST" in str(why_not("runsc", ["runc"], remote=True))
