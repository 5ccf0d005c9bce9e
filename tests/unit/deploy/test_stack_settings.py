"""The stack that the environment describes, and what is kept of it."""

import re
import stat
from pathlib import Path

import pytest

from deploy.stack import database, record, redis, settings
from deploy.stack.errors import DeployError
from deploy.stack.record import StackRecord
from deploy.stack.settings import PROCESS_VARIABLES, ROOT, SECRET_VARIABLES, StackSettings, from_environ


def test_the_defaults_are_port_8080_of_loopback() -> None:
    assert from_environ({}).url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("publish", "host"),
    [("0.0.0.0", "127.0.0.1"), ("192.0.2.1", "192.0.2.1"), ("::", "[::1]"), ("::1", "[::1]"), ("[::1]", "[::1]")],
)
def test_a_stack_is_reached_where_it_is_published_or_by_loopback(publish: str, host: str) -> None:
    assert from_environ({"HTTP_PUBLISH": publish, "HTTP_PORT": "9000"}).url == f"http://{host}:9000"


def test_an_address_is_published_as_compose_reads_it() -> None:
    assert from_environ({"HTTP_PUBLISH": "::1"}).environment()["HTTP_PUBLISH"] == "[::1]"


@pytest.mark.parametrize("name", SECRET_VARIABLES)
def test_a_secret_may_lie_in_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("its value\n")
    assert from_environ({f"{name}_FILE": str(tmp_path / "secret")}).process == {name: "its value"}


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_a_file_without_the_secret_is_named(content: bytes | None, tmp_path: Path) -> None:
    """Silently, the service would be another one than was meant: /metrics open, or a database of its own."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeployError, match=re.escape(f"METRICS_TOKEN_FILE={str(path)!r}")):
        from_environ({"METRICS_TOKEN_FILE": str(path)})


def test_every_secret_that_the_code_reads_may_lie_in_a_file() -> None:
    assert read_by_the_code("secret") == set(SECRET_VARIABLES)


@pytest.mark.parametrize(
    ("variables", "grace"),
    [
        ({}, "75s"),
        ({"MAX_TIMEOUT": "5m", "COMPILE_TIMEOUT": "30.5s"}, "336s"),
        ({"SANDBOX_STOP_TIMEOUT": "10m"}, "605s"),
    ],
)
def test_what_stops_has_the_time_that_a_job_may_take(variables: dict[str, str], grace: str) -> None:
    stack = from_environ(variables)
    assert (stack.stop_grace, stack.environment()["STOP_GRACE"]) == (grace, grace)


def test_a_duration_that_is_none_is_named() -> None:
    with pytest.raises(DeployError, match="MAX_TIMEOUT='soon': expected a duration"):
        from_environ({"MAX_TIMEOUT": "soon"}).environment()


@pytest.mark.parametrize(
    ("variables", "is_open"),
    [
        ({}, True),
        ({"ENVIRONMENT": "production"}, False),
        ({"ENVIRONMENT": "production", "ALLOW_ANONYMOUS": "true"}, True),
        ({"ALLOW_ANONYMOUS": "false"}, False),
    ],
)
def test_first_jobs_run_where_strangers_may(variables: dict[str, str], is_open: bool) -> None:
    assert from_environ(variables).is_open is is_open


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "0"),
        ("HTTP_PUBLISH", "example.com"),
        ("HTTP_PORT", "eighty"),
        ("HTTP_PORT", "65536"),
        ("SANDBOX_JOB_DIR", "jobs"),
        ("SANDBOX_JOB_DIR", "/a:b"),
        ("COMPOSE_PROJECT_NAME", "../up"),
        ("COMPOSE_PROJECT_NAME", "Upper"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(DeployError, match=re.escape(f"{name}={value!r}")):
        from_environ({name: value})


def read_by_the_code(how: str) -> set[str]:
    """The names of the variables that some process reads in one of these ways."""
    sources = [path for name in ("streams", "actors", "http_edge") for path in (ROOT / name).rglob("*.py")]
    reading = re.compile(rf"""env\.(?:{how})\(\s*"([A-Z_]+)\"""")
    return {name for path in sources for name in reading.findall(path.read_text())}


def compose_variables() -> set[str]:
    """The names of all variables that the compose file gives to some process."""
    lines = (ROOT / "deploy" / "compose.yml").read_text().splitlines()
    return {line.strip().partition(":")[0] for line in lines if re.match(r" +[A-Z_]+:", line)}


def test_the_compose_file_passes_every_process_variable_through() -> None:
    """A variable that is documented and yet never reaches the process would be silently ignored."""
    assert set(PROCESS_VARIABLES) - compose_variables() == set()


def test_every_variable_that_the_code_reads_is_in_the_compose_file() -> None:
    read = read_by_the_code("text|parsed|duration|size|integer|choice|flag|secret|address")
    assert read - compose_variables() == set(), "add them to deploy/compose.yml and PROCESS_VARIABLES"


def test_an_unset_variable_does_not_reach_the_stack_from_elsewhere() -> None:
    assert from_environ({}).environment()["SANDBOX_TIMEOUT"] == ""


def test_a_record_comes_back_as_it_was_and_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    stack = StackSettings("p", "127.0.0.1", 8080, Path("/tmp/jobs"), {"REDIS_PASSWORD": "secret"})
    saved = StackRecord(stack, {"codeportal-redis": "codeportal-redis:1"}, {"python": 3})
    record.save(saved)
    assert record.load(stack.state_dir) == saved
    assert stat.S_IMODE((stack.state_dir / "stack.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("environment", ["production", "development"])
def test_its_own_redis_gets_a_password(environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same at every start; it reaches server and processes as any variable does."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    stack = redis.with_password(from_environ({"ENVIRONMENT": environment}))
    password = stack.environment()["REDIS_PASSWORD"]
    assert len(password) >= 32
    assert redis.with_password(from_environ({"ENVIRONMENT": environment})) == stack
    assert stat.S_IMODE((stack.state_dir / "redis-password").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "given",
    [{"REDIS_PASSWORD": "x"}, {"REDIS_ADDR": "r:1"}, {"ENVIRONMENT": "production", "REDIS_PASSWORD": "x"}],
)
def test_else_redis_stays_as_it_was_told(given: dict[str, str]) -> None:
    assert redis.with_password(from_environ(given)) == from_environ(given)


def test_nothing_started_is_no_record(tmp_path: Path) -> None:
    assert record.load(tmp_path) is None


def test_a_damaged_record_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(DeployError, match="remove it and run deploy/up again"):
        record.load(tmp_path)


def test_anothers_record_says_whose_it_is_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_arguments: object, **_options: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(DeployError, match="whoever ran deploy/up has to run this"):
        record.load(tmp_path)


def test_the_password_of_the_stacks_postgresql_is_made_once_and_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    stack = from_environ({})
    first = database.variables(stack)
    assert len(first["POSTGRES_PASSWORD"]) >= 32
    assert first["DATABASE_URL"] == f"postgresql://codeportal:{first['POSTGRES_PASSWORD']}@postgres:5432/codeportal"
    assert database.variables(stack) == first
    assert [stat.S_IMODE(path.stat().st_mode) for path in stack.state_dir.iterdir()] == [0o600]


def test_a_database_of_ones_own_is_used_and_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    stack = from_environ({"DATABASE_URL": "postgresql://me@elsewhere/mine"})
    assert not database.is_own(stack)
    assert database.variables(stack) == {"DATABASE_URL": "postgresql://me@elsewhere/mine", "POSTGRES_PASSWORD": ""}
    assert not stack.state_dir.exists()
