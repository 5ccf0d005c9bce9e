"""Which limits hold for a job."""

from datetime import timedelta

import msgspec
import pytest

from actors.limits import DefaultLimits, beyond, parse_language_limits, resolve
from actors.settings import executor_settings
from streams.env import Env, SettingError
from streams.facts import Limits
from streams.maxima import Maxima

DEFAULTS = DefaultLimits(timedelta(seconds=3), timedelta(seconds=10), 65536, 512 << 20, 256)
USER = (65534, 65534)


def test_defaults_fill_what_a_request_leaves_out() -> None:
    assert resolve(Limits(), DEFAULTS) == Limits(
        wall_ms=3000,
        output_bytes=65536,
        memory_bytes=512 << 20,
        processes=256,
        compile_wall_ms=10_000,
    )


def test_a_request_comes_before_defaults() -> None:
    asked = Limits(wall_ms=1, output_bytes=3, memory_bytes=4, processes=5, cpu_ms=6)
    in_force = resolve(asked, DEFAULTS)
    assert {name: getattr(in_force, name) for name in msgspec.structs.asdict(asked) if getattr(asked, name)} == {
        "wall_ms": 1,
        "output_bytes": 3,
        "memory_bytes": 4,
        "processes": 5,
        "cpu_ms": 6,
    }


def test_where_nothing_is_compiled_nothing_limits_it() -> None:
    python, go = (resolve(Limits(), executor_settings(Env({}), name, USER).limits) for name in ("python", "go"))
    assert (python.compile_cpu_ms, python.compile_memory_bytes, python.compile_output_bytes) == (None, None, None)
    assert (go.compile_cpu_ms, go.compile_memory_bytes, go.compile_processes) == (10_000, 1 << 30, 256)


def test_the_compile_stage_has_limits_of_its_own_whatever_the_program_may_use() -> None:
    settings = executor_settings(Env({"COMPILE_LIMITS": "go=cpu:4s|memory:2GiB|output:1KiB"}), "go", USER)
    limits = resolve(Limits(cpu_ms=1, memory_bytes=1), settings.limits)
    assert (limits.compile_cpu_ms, limits.compile_memory_bytes, limits.compile_output_bytes) == (4000, 2 << 30, 1024)
    assert (limits.cpu_ms, limits.memory_bytes) == (1, 1)
    with pytest.raises(SettingError, match="COMPILE_LIMITS="):
        executor_settings(Env({"COMPILE_LIMITS": "go=speed:1"}), "go", USER)


def test_each_language_has_defaults_of_its_own() -> None:
    text = "python=cpu:2s|memory:256MiB|open_files:64,go=processes:512"
    assert parse_language_limits(text, "go") == {"processes": 512}
    assert parse_language_limits(text, "javascript") == {}
    limits = executor_settings(Env({"SANDBOX_LIMITS": text}), "python", USER).limits
    assert (limits.cpu, limits.memory_bytes, limits.open_files) == (timedelta(seconds=2), 256 << 20, 64)


def test_go_has_more_memory_unless_told_otherwise() -> None:
    sizes = [executor_settings(Env({}), name, USER).limits.memory_bytes for name in ("python", "go")]
    assert sizes == [512 << 20, 1 << 30]


@pytest.mark.parametrize(
    "text", ["cpu:2s", "python=cpu", "python=cores:2", "python=cpu:0s", "python=memory:-1", "=cpu:1s"]
)
def test_what_is_no_default_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="SANDBOX_LIMITS="):
        executor_settings(Env({"SANDBOX_LIMITS": text}), "python", USER)


def test_a_default_over_the_maximum_is_refused_naming_it() -> None:
    with pytest.raises(SettingError, match="MAX_MEMORY=256MiB: expected at least the default memory, 512MiB"):
        executor_settings(Env({"MAX_MEMORY": "256MiB"}), "python", USER)
    assert beyond(DEFAULTS, timedelta(seconds=2), Maxima()) == "MAX_TIMEOUT=2s: expected at least the default wall, 3s"
