"""The container to look around in is confined as the runner that the job had."""

from itertools import pairwise
from pathlib import Path

import pytest

from deploy.cli.stream.shell import run_arguments
from deploy.stack import profiles
from deploy.stack.record import StackRecord
from deploy.stack.settings import StackSettings


@pytest.mark.parametrize("runtime", ["", "runsc"])
@pytest.mark.parametrize("language", profiles.load())
def test_it_has_all_that_its_runner_has(language: str, runtime: str) -> None:
    profile = profiles.load()[language]
    images = {profile["image"]: "image:1"}
    settings = StackSettings("p", "127.0.0.1", 8080, Path("/tmp/jobs"), {"SANDBOX_RUNTIME": runtime} if runtime else {})
    document = profiles.runner_services(settings, {language: profile}, {language: 1}, images)
    runner = document["services"][f"runner-{language}-1"]
    arguments = run_arguments(language, "shell", StackRecord(settings, images, {language: 1}))
    given = list(pairwise(arguments))
    wanted = [
        ("--memory", runner["mem_limit"]),
        ("--memory-swap", runner["memswap_limit"]),
        ("--pids-limit", str(runner["pids_limit"])),
        ("--shm-size", runner["shm_size"]),
        ("--network", "none"),
        *(("--cap-drop", capability) for capability in runner["cap_drop"]),
        *(("--security-opt", option.replace("seccomp:", "seccomp=")) for option in runner["security_opt"]),
        *(("--tmpfs", mount) for mount in runner["tmpfs"]),
        *(("--ulimit", f"{name}={value}") for name, value in runner["ulimits"].items()),
        *(("--sysctl", f"{name}={value}") for name, value in runner["sysctls"].items()),
    ]
    assert [each for each in wanted if each not in given] == []
    assert ("--runtime" in arguments) == bool(runtime)
    assert runtime in ("", dict(given).get("--runtime"))
    assert "--read-only" in arguments
    assert "--label" not in arguments
