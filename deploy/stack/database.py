"""The PostgreSQL of a stack: its own, with a password made here, or the one that DATABASE_URL names."""

import time

from deploy.stack import secret
from deploy.stack.command import attempt
from deploy.stack.errors import DeployError
from deploy.stack.settings import StackSettings

SERVICE = "postgres"
_PASSWORD_FILE = "postgres-password"  # noqa: S105 -- the name of the file, not a password
_ASK_DEADLINE = 10.0


def is_own(stack: StackSettings) -> bool:
    """Whether the stack runs a PostgreSQL of its own."""
    return "DATABASE_URL" not in stack.process


def variables(stack: StackSettings, host: str = SERVICE) -> dict[str, str]:
    """What the compose file hands on: DATABASE_URL, and the password of the stack's own server, which is at `host`."""
    if not is_own(stack):
        return {"DATABASE_URL": stack.process["DATABASE_URL"], "POSTGRES_PASSWORD": ""}
    password = secret.kept(stack.state_dir, _PASSWORD_FILE)  # the server takes it at every start
    return {
        "DATABASE_URL": f"postgresql://codeportal:{password}@{host}:5432/codeportal",
        "POSTGRES_PASSWORD": password,
    }


def wait_until_accepting(stack: StackSettings, seconds: float) -> None:
    """Returns when the stack's own server accepts connections. Raises DeployError."""
    deadline = time.monotonic() + seconds
    while lack := _what_lacks(stack.project):
        if time.monotonic() > deadline:
            raise DeployError(f"PostgreSQL is not ready after {seconds:.0f} s: {lack}")
        time.sleep(0.3)


def container(project: str) -> str | None:
    """The id of the running container of a stack's PostgreSQL."""
    labels = (f"com.docker.compose.project={project}", f"com.docker.compose.service={SERVICE}")
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return next(iter(attempt(["docker", "ps", "--quiet", "--no-trunc", *filters]).output.split()), None)


def _what_lacks(project: str) -> str:
    found = container(project)
    if found is None:
        return "its container does not run"
    # By its network address: while it makes its cluster it has none.
    ready = ["docker", "exec", found, "pg_isready", "--host=127.0.0.1", "--username=codeportal", "--dbname=codeportal"]
    outcome = attempt(ready, deadline=_ASK_DEADLINE)
    return "" if outcome.ok else outcome.last_words
