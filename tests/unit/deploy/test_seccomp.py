"""The two seccomp profiles say the same, but for what gVisor cannot say."""

import json
from typing import Any

from deploy.stack.profiles import GVISOR_SECCOMP, load
from deploy.stack.settings import ROOT

# Refused with another answer than EPERM, which a program takes for something else than "this is not here".
ANSWERED_BY_GVISOR = {
    *("clone3", "fsync", "fdatasync", "msync", "setxattr", "lsetxattr", "fsetxattr"),
    "setsockopt",  # sizes of buffers: said to have been set
}


def profile(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return found


def essence(rules: list[dict[str, Any]]) -> list[tuple[list[str], Any]]:
    return [(rule["names"], rule.get("args")) for rule in rules]


def test_gvisors_profile_allows_the_same_and_what_it_must_answer_by_itself() -> None:
    usual = profile(load()["python"]["seccomp"])
    under_gvisor = profile(GVISOR_SECCOMP)
    kept = [rule for rule in usual["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" or _answered(rule)]
    assert essence(under_gvisor["syscalls"]) == essence(kept)
    assert {rule["action"] for rule in under_gvisor["syscalls"]} == {"SCMP_ACT_ALLOW"}
    assert (under_gvisor["defaultAction"], under_gvisor["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", 1)
    assert under_gvisor["archMap"] == usual["archMap"]


def _answered(rule: dict[str, Any]) -> bool:
    return set(rule["names"]) <= ANSWERED_BY_GVISOR
