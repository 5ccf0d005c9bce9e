"""Which Node.js is new enough for the portal."""

import json

import pytest

from deploy.stack.web import OLDEST_NODE, PINNED, WEBSITE, node_version


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("v20.19.2\n", (20, 19)),
        ("v18.20.4", (18, 20)),
        ("v22.20.0", (22, 20)),
        ("", (0, 0)),
        ("node: not found", (0, 0)),
    ],
)
def test_what_node_says_of_itself(said: str, version: tuple[int, int]) -> None:
    assert node_version(said) == version


def test_the_pinned_node_is_new_enough_and_the_portal_asks_for_no_newer() -> None:
    asked = json.loads((WEBSITE / "package.json").read_text(encoding="utf-8"))["engines"]["node"]
    assert asked == f">={OLDEST_NODE[0]}.{OLDEST_NODE[1]}"
    (pin,) = [line for line in PINNED.read_text(encoding="utf-8").splitlines() if line.startswith("nodejs")]
    assert node_version("v" + pin.partition("==")[2].split()[0]) >= OLDEST_NODE


def test_the_lock_file_names_no_registry() -> None:
    """It installs from whichever one the machine uses."""
    assert '"resolved": "http' not in (WEBSITE / "package-lock.json").read_text(encoding="utf-8")
