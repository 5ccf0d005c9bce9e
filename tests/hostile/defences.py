"""A runner without one of its defences: the container's profile less one thing, or the agent less one thing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.row import LANGUAGES
from tests.integration.agent.containers import PROFILES, Variation

INSIDE = "/weakened.py"
WEAKENED = Path(__file__).parent / "weakened.py"
AGENT = (
    "uid",
    "landlock",
    "precedence",
    "descriptors",
    "environment",
    "cleanup",
    "hunter",
    "output",
    "wall",
    "compile_wall",
    "cpu",
    "uncounted",
    "in_flight",
    "locks",
    "names",
    "rlimits",
    "seclusion",
    "kill",
    "sweep",
    "delete",
    "room",
    "listing",
    "look",
)


_LIVES = {(language, "in_flight"): 10 for language in LANGUAGES} | {("go", "wall"): 5}


def lives(language: str, without: str) -> int:
    """How many runners may hold by accident without that defence: one by one is tried until one does not.

    What sockets in flight hold is freed by the kernel when any program of the machine closes a Unix socket, so whatever
    else runs on it (the engine, other tests) may do the agent's work just in time. And a bomb of Go programs may end
    without a time limit: Go's runtime gives up where it gets no more threads.
    """
    return _LIVES.get((language, without), 1)


def _without_tmpfs_limits(profile: dict[str, Any]) -> dict[str, Any]:
    keep = {"rw", "exec", "noexec", "nosuid", "nodev", "mode=1777"}
    return {
        place: ",".join(option for option in options.split(",") if option in keep)
        for place, options in profile["tmpfs"].items()
    }


CONTAINER: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "seccomp": lambda _: {"seccomp": ""},
    "capabilities": lambda _: {"cap_drop": []},
    # Both, because without the one the engine itself needs calls that the other refuses.
    "no_new_privileges": lambda _: {"security_opt": [], "seccomp": ""},
    "read_only": lambda _: {"read_only": False},
    "network": lambda _: {"network": "bridge"},
    "host_network": lambda _: {"network": "host", "sysctls": {}},
    "pids": lambda _: {"pids": -1},
    "memory": lambda _: {"memory": "4g", "memory_swap": "4g"},
    "tmpfs": lambda profile: {"tmpfs": _without_tmpfs_limits(profile), "memory": "4g", "memory_swap": "4g"},
    "ulimits": lambda _: {"ulimits": {}},
    "sysctls": lambda _: {"sysctls": {}},
}


def variation(language: str, without: str) -> tuple[Variation, dict[str, str]]:
    """The container that lacks the defence `without`, and its environment."""
    if without in CONTAINER:
        return Variation(CONTAINER[without](PROFILES[language])), {}
    assert without in AGENT, f"no such defence: {without}"
    options = (f"--volume={WEAKENED}:{INSIDE}:ro", "--entrypoint=/opt/agent/bin/python3.13")
    # Cold starts: what is switched off is in the agent's own code then, not in an interpreter that waits.
    return Variation(options=options, command=("-I", "-S", "-B", INSIDE, without)), {"AGENT_WARM": "off"}
