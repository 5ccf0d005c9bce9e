"""The exit code says what became of the program."""

from typing import Any

import pytest

from deploy.cli.exits import exit_code_of


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ({"status": "succeeded", "exit_code": 0}, 0),
        ({"status": "failed", "exit_code": 3}, 3),
        ({"status": "failed", "exit_code": None, "signal": "SIGSEGV"}, 139),
        ({"status": "failed", "exit_code": None, "signal": "SIGKILL"}, 137),
        ({"status": "failed", "exit_code": None, "signal": "SIGRTMIN+1"}, 128 + 35),
        ({"status": "failed", "exit_code": None, "signal": "SIGNEW"}, 128),
        ({"status": "compile_error", "compile": {"exit_code": 1}}, 1),
        ({"status": "compile_error", "compile": {"exit_code": 2}}, 2),
        ({"status": "compile_error", "compile": None}, 1),
        ({"status": "timeout"}, 124),
        ({"status": "cpu_limit"}, 152),
        ({"status": "memory_limit"}, 137),
        ({"status": "cancelled"}, 130),
        ({"status": "internal_error"}, 70),
        ({"status": "something newer"}, 70),
    ],
)
def test_each_end_has_its_exit_code(job: dict[str, Any], code: int) -> None:
    """Shells and timeout(1) would say the same."""
    assert exit_code_of(job) == code
