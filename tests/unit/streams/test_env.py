from datetime import timedelta
from pathlib import Path

import pytest

from streams.env import Env, SettingError
from streams.ports import Topology
from streams.settings import redis_settings, stream_settings


def test_defaults_are_those_of_the_table() -> None:
    redis = redis_settings(Env({}))
    streams = stream_settings(Env({}))
    assert (redis.host, redis.port, redis.password, redis.db) == ("redis", 6379, "", 0)
    assert streams.topology == Topology(1, 4)
    assert streams.job_ttl == streams.retention == streams.idempotency_ttl == timedelta(hours=24)


def test_redis_may_be_behind_a_socket() -> None:
    redis = redis_settings(Env({"REDIS_ADDR": "unix:/run/redis/redis.sock"}))
    assert (redis.host, redis.port) == ("/run/redis/redis.sock", 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_ADDR", "redis"),
        ("REDIS_ADDR", "redis:0"),
        ("REDIS_ADDR", "unix:relative.sock"),
        ("REDIS_DB", "16"),
        ("STREAM_PARTITIONS", "0"),
        ("STREAM_LANES", "four"),
        ("JOB_TTL", "1 day"),
        ("JOB_TTL", "-1s"),
        ("STREAM_RETENTION", "0"),
        ("IDEMPOTENCY_TTL", "x"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name}={value!r}: expected ") as caught:
        (redis_settings if name.startswith("REDIS") else stream_settings)(Env({name: value}))
    assert "\n" not in str(caught.value)


def test_results_outlive_stream_entries() -> None:
    with pytest.raises(SettingError, match="JOB_TTL='1h': expected at least STREAM_RETENTION"):
        stream_settings(Env({"JOB_TTL": "1h"}))


def test_results_outlive_idempotency_keys() -> None:
    """A repeated request is answered with a job, not with one that is gone; as long is long enough."""
    times = {"STREAM_RETENTION": "1h", "JOB_TTL": "2h"}
    stream_settings(Env({**times, "IDEMPOTENCY_TTL": "2h"}))
    with pytest.raises(SettingError) as caught:
        stream_settings(Env({**times, "IDEMPOTENCY_TTL": "3h"}))
    assert str(caught.value).startswith("IDEMPOTENCY_TTL='3h': expected at most JOB_TTL (2h), or ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("job_ttl", "hours"), [("2h", 2), ("24h", 24), ("48h", 24)])
def test_where_nothing_is_said_keys_live_for_a_day_or_as_long_as_results(job_ttl: str, hours: int) -> None:
    assert stream_settings(Env({"JOB_TTL": job_ttl, "STREAM_RETENTION": "1h"})).idempotency_ttl == timedelta(
        hours=hours
    )


def test_a_secret_comes_from_a_file_when_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    assert redis_settings(Env({"REDIS_PASSWORD_FILE": str(tmp_path / "password")})).password == "hunter2"


def test_a_secret_is_never_in_a_message() -> None:
    with pytest.raises(SettingError) as caught:
        Env({"DATABASE_URL": "postgres://u:hunter2@h"}).parsed("DATABASE_URL", "", int, "a URL")
    assert "hunter2" not in str(caught.value)
