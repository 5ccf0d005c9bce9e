"""Each variable's effect on the actors, and what a bad value says."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from actors.runners.users import Users
from actors.settings import ActorSettings, ExecutorSettings, actor_settings, executor_settings
from streams.env import Env, SettingError

ROOT = (0, 0)


def actor(**values: str) -> ActorSettings:
    return actor_settings(Env(values))


def executor(user: tuple[int, int] = ROOT, **values: str) -> ExecutorSettings:
    return executor_settings(Env(values), "python", user)


def test_defaults() -> None:
    settings = executor()
    assert settings.limits.wall == timedelta(seconds=3)
    assert settings.limits.compile_wall == timedelta(seconds=10)
    assert settings.limits.output_bytes == 65536
    assert (settings.max_attempts, settings.docker_bin, settings.users) == (3, "docker", Users((65534, 65534)))
    assert settings.pace.claim_timeout == timedelta(seconds=10)
    assert settings.pace.stop_deadline == timedelta(seconds=15)
    assert settings.rules.requirements.job_dir == Path("/tmp/jobs")
    assert (settings.rules.requirements.network, settings.rules.requirements.runtime) == ("", "")
    assert (settings.rules.selection.pool, settings.rules.selection.names) == ("codeportal", frozenset())
    assert settings.rules.allow_unsafe == ""


def test_production_refuses_a_redis_that_is_open_to_all() -> None:
    assert actor(ENVIRONMENT="production", REDIS_PASSWORD="pw8").redis.password == "pw8"
    with pytest.raises(SettingError, match=r"^REDIS_PASSWORD='': expected a password"):
        actor(ENVIRONMENT="production")


def test_limits_and_attempts() -> None:
    settings = executor(SANDBOX_TIMEOUT="1s", COMPILE_TIMEOUT="2s", OUTPUT_LIMIT="1KiB", MAX_ATTEMPTS="5")
    assert settings.limits.wall == timedelta(seconds=1)
    assert settings.limits.compile_wall == timedelta(seconds=2)
    assert (settings.limits.output_bytes, settings.max_attempts) == (1024, 5)


def test_claim_and_stop_times() -> None:
    settings = executor(CLAIM_TIMEOUT="3s", SANDBOX_STOP_TIMEOUT="1s")
    assert (settings.pace.claim_timeout, settings.pace.renew_every) == (timedelta(seconds=3), 1.0)
    assert settings.pace.stop_deadline == timedelta(seconds=1)


def test_pools_by_name() -> None:
    assert executor(SANDBOX_LANGUAGE_CONTAINERS="py=a|b,go=c").rules.selection.names == {"a", "b"}
    assert executor(SANDBOX_LANGUAGE_CONTAINERS="node=a").rules.selection.names == set()


def test_other_ways_to_find_runners() -> None:
    selection = executor(SANDBOX_CONTAINER="last-resort", SANDBOX_POOL="test").rules.selection
    assert (selection.fallback, selection.pool) == ("last-resort", "test")


def test_what_runners_must_be_like() -> None:
    rules = executor(
        SANDBOX_JOB_DIR="/srv/jobs",
        SANDBOX_NETWORK="lab",
        SANDBOX_RUNTIME="runsc",
        SANDBOX_ALLOW_UNSAFE_RUNNERS="my laptop",
    ).rules
    assert rules.requirements.job_dir == Path("/srv/jobs")
    assert (rules.requirements.network, rules.requirements.runtime, rules.allow_unsafe) == ("lab", "runsc", "my laptop")


@pytest.mark.parametrize(
    ("process", "value", "user"),
    [
        ((0, 0), "", (65534, 65534)),
        ((0, 0), "runner", None),
        ((1000, 1001), "runner", None),
        ((1000, 1001), "", (1000, 1001)),
        ((1000, 0), "", (1000, 65534)),
        ((0, 0), "12", (12, 12)),
        ((0, 0), "12:34", (12, 34)),
    ],
)
def test_jobs_run_as(process: tuple[int, int], value: str, user: tuple[int, int]) -> None:
    assert executor(process, SANDBOX_DOCKER_USER=value).users == Users(user)


def test_docker_bin() -> None:
    assert executor(SANDBOX_DOCKER_BIN="/usr/bin/podman").docker_bin == "/usr/bin/podman"


def test_redis_and_logs() -> None:
    settings = actor(REDIS_ADDR="db:7000", REDIS_DB="2", LOG_FORMAT="json", LOG_LEVEL="debug", STREAM_PARTITIONS="3")
    assert (settings.redis.host, settings.redis.port, settings.redis.db) == ("db", 7000, 2)
    assert (settings.log_format, settings.log_level, settings.streams.topology.partitions) == ("json", "debug", 3)


@pytest.mark.parametrize(("value", "size"), [("", 64 << 20), ("0", 0), ("1GiB", 1 << 30)])
def test_how_much_of_what_was_built_is_kept(value: str, size: int) -> None:
    assert executor(BUILD_CACHE_SIZE=value).build_cache_bytes == size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_TIMEOUT", "3"),
        ("BUILD_CACHE_SIZE", "much"),
        ("SANDBOX_TIMEOUT", "2m"),
        ("COMPILE_TIMEOUT", "-1s"),
        ("OUTPUT_LIMIT", "0"),
        ("MAX_OUTPUT", "13MiB"),
        ("COMPILE_LIMITS", "python=output:13MiB"),
        ("MAX_ATTEMPTS", "0"),
        ("CLAIM_TIMEOUT", "soon"),
        ("SANDBOX_STOP_TIMEOUT", "x"),
        ("SANDBOX_JOB_DIR", "jobs"),
        ("SANDBOX_JOB_DIR", "/tmp/../jobs"),
        ("SANDBOX_DOCKER_USER", "0"),
        ("SANDBOX_DOCKER_USER", "1000:0"),
        ("SANDBOX_DOCKER_USER", "nobody"),
        ("SANDBOX_LANGUAGE_CONTAINERS", "python"),
        ("SANDBOX_LANGUAGE_CONTAINERS", "python=a|"),
        ("SANDBOX_LANGUAGE_CONTAINERS", "python=a,py=b"),
        ("SANDBOX_CONTAINER", "a b"),
    ],
)
def test_a_bad_value_is_named_with_what_is_expected(name: str, value: str) -> None:
    with pytest.raises(SettingError) as raised:
        executor(ROOT, **{name: value})
    message = str(raised.value)
    assert message.startswith(f"{name}={value!r}: expected ")
    assert "\n" not in message


@pytest.mark.parametrize(("name", "value"), [("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud"), ("REDIS_DB", "x")])
def test_a_bad_value_for_any_actor(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}='{value}': expected "):
        actor(**{name: value})


@pytest.mark.parametrize("kind", [("executor", "python"), ("projector",), ("janitor",)])
def test_a_bad_value_ends_the_process_with_one_line(kind: tuple[str, ...]) -> None:
    name = "SANDBOX_TIMEOUT" if kind[0] == "executor" else "REDIS_ADDR"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "actors", *kind],
        env={name: "nonsense"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [done.stderr.strip()]
    assert done.stderr.startswith(f"{name}='nonsense': expected ")


def test_help_names_the_actors() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "actors", "--help"], capture_output=True, text=True, timeout=30, check=True
    )
    assert all(kind in done.stdout for kind in ("executor", "projector", "janitor"))


def test_an_unknown_kind_of_language_name_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "actors", "executor", "C++ 20"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert "is no name of a language" in done.stderr
