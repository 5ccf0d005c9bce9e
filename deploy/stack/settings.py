"""What one stack is: its project, where it answers, where its runners' sockets are, what its processes are told."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from typing import Any

from deploy.stack.errors import DeployError
from streams.duration import parse_duration


def _checkout() -> Path:
    """The checkout whose stacks are meant: ours, or, for an installed `codeportal`, the one it is called in."""
    own = Path(__file__).resolve().parents[2]
    places = (own, Path.cwd(), *Path.cwd().parents)
    return next((place for place in places if (place / "deploy" / "compose.yml").is_file()), own)


ROOT = _checkout()
LOG_DIR = ROOT / "deploy" / ".state" / "logs"
DEFAULT_PROJECT = "codeportal"

# Read by the processes themselves; the compose file passes them through.
PROCESS_VARIABLES = (
    "REDIS_ADDR",
    "REDIS_PASSWORD",
    "REDIS_DB",
    "REDIS_MAXMEMORY",
    "HTTP_READ_TIMEOUT",
    "HTTP_WRITE_TIMEOUT",
    "HTTP_SHUTDOWN_TIMEOUT",
    "SANDBOX_CONTAINER",
    "SANDBOX_LANGUAGE_CONTAINERS",
    "SANDBOX_TIMEOUT",
    "SANDBOX_DOCKER_BIN",
    "SANDBOX_NETWORK",
    "SANDBOX_DOCKER_USER",
    "SANDBOX_RUNTIME",
    "SANDBOX_LIMITS",
    "SANDBOX_STOP_TIMEOUT",
    "SANDBOX_ALLOW_UNSAFE_RUNNERS",
    "CLAIM_TIMEOUT",
    "COMPILE_TIMEOUT",
    "COMPILE_LIMITS",
    "BUILD_CACHE_SIZE",
    "MAX_TIMEOUT",
    "MAX_CPU",
    "MAX_MEMORY",
    "MAX_PROCESSES",
    "MAX_OUTPUT",
    "MAX_FILE_SIZE",
    "MAX_OPEN_FILES",
    "OUTPUT_LIMIT",
    "SOURCE_LIMIT",
    "STDIN_LIMIT",
    "FILES_LIMIT",
    "MAX_ATTEMPTS",
    "QUEUE_LIMIT",
    "PLANS",
    "JOB_TTL",
    "STREAM_RETENTION",
    "IDEMPOTENCY_TTL",
    "DEAD_LETTER_TTL",
    "DEAD_LETTERS_SIZE",
    "STREAM_PARTITIONS",
    "STREAM_LANES",
    "ENVIRONMENT",
    "DATABASE_URL",
    "ARCHIVE_RETENTION",
    "ARCHIVE_MAX_WAITING",
    "ARCHIVE_MAX_AGE",
    "ALLOW_ANONYMOUS",
    "METRICS_TOKEN",
    "PUBLIC_URL",
    "CORS_ORIGINS",
    "TRUSTED_PROXIES",
    "SESSION_TTL",
    "SESSION_IDLE_TTL",
    "REQUIRE_VERIFICATION",
    "SMTP_URL",
    "MAIL_FROM",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
)

# The secrets among them: each may be in a file of this machine that `<name>_FILE` names.
SECRET_VARIABLES = ("REDIS_PASSWORD", "DATABASE_URL", "SMTP_URL", "METRICS_TOKEN")
_OF_ALL_INTERFACES = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


@dataclass(frozen=True)
class StackSettings:
    """One stack. `publish` is as in a URL; `process` holds those of PROCESS_VARIABLES that were set."""

    project: str
    publish: str
    port: int
    job_dir: Path
    process: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{_OF_ALL_INTERFACES.get(self.publish.strip('[]'), self.publish)}:{self.port}"

    @property
    def state_dir(self) -> Path:
        return ROOT / "deploy" / ".state" / self.project

    def log(self, name: str) -> Path:
        """A log about this stack; it outlives the stack's own directory."""
        return LOG_DIR / f"{self.project}-{name}.log"

    @property
    def network(self) -> str:
        return self.process.get("SANDBOX_NETWORK", "")

    @property
    def is_open(self) -> bool:
        """Whether the edge takes submissions of anonymous clients, as it decides itself."""
        default = "false" if self.process.get("ENVIRONMENT") == "production" else "true"
        return self.process.get("ALLOW_ANONYMOUS", default) == "true"

    @property
    def runtime(self) -> str:
        return self.process.get("SANDBOX_RUNTIME", "")

    @property
    def stop_grace(self) -> str:
        """How long Docker lets an executor or a runner that is told to stop come to its end: as long as a job may take,
        or as an executor may let it, and some air.
        """
        job = self._duration("MAX_TIMEOUT", "60s") + self._duration("COMPILE_TIMEOUT", "10s")
        longest = max(job, self._duration("SANDBOX_STOP_TIMEOUT", "15s")) + timedelta(seconds=5)
        return f"{ceil(longest.total_seconds())}s"

    def _duration(self, name: str, default: str) -> timedelta:
        text = self.process.get(name, default)
        try:
            return parse_duration(text)
        except ValueError as error:
            raise DeployError(f"{name}={text!r}: expected a duration such as 90s or 1m30s") from error

    def environment(self) -> dict[str, str]:
        """The variables that the compose file interpolates or passes through; an unset one is not inherited."""
        return {
            **dict.fromkeys(PROCESS_VARIABLES, ""),
            # Links in mails lead to where the stack answers; in production the edge insists on being told.
            **({} if self.process.get("ENVIRONMENT") == "production" else {"PUBLIC_URL": self.url}),
            **self.process,
            "COMPOSE_PROJECT_NAME": self.project,
            "HTTP_PUBLISH": self.publish,
            "HTTP_PORT": str(self.port),
            "SANDBOX_JOB_DIR": str(self.job_dir),
            "STOP_GRACE": self.stop_grace,
        }

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "job_dir": str(self.job_dir)}


def from_json(values: dict[str, Any]) -> StackSettings:
    return StackSettings(**{**values, "job_dir": Path(values["job_dir"])})


def project_name(environ: Mapping[str, str]) -> str:
    """COMPOSE_PROJECT_NAME, checked: it becomes part of container and directory names."""
    project = environ.get("COMPOSE_PROJECT_NAME") or DEFAULT_PROJECT
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", project):
        raise DeployError(
            f"COMPOSE_PROJECT_NAME={project!r}: expected up to 41 lower-case letters, digits, dashes or underscores"
        )
    return project


def from_environ(environ: Mapping[str, str]) -> StackSettings:
    """The stack that the environment describes. Raises DeployError naming the variable."""
    return StackSettings(
        project=project_name(environ),
        publish=_publish(environ.get("HTTP_PUBLISH") or "127.0.0.1"),
        port=_port(environ.get("HTTP_PORT") or "8080"),
        job_dir=_job_dir(environ.get("SANDBOX_JOB_DIR") or "/tmp/jobs"),  # noqa: S108 -- made root's own in job_dirs
        process={name: environ[name] for name in PROCESS_VARIABLES if environ.get(name)} | _from_files(environ),
    )


def _from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets that lie in files. They are read here: the services' containers see none of this machine's."""
    found = {}
    for name in SECRET_VARIABLES:
        if path := environ.get(f"{name}_FILE"):
            try:
                found[name] = Path(path).read_text(encoding="utf-8").splitlines()[0]
            except (OSError, ValueError, IndexError) as error:
                raise DeployError(f"{name}_FILE={path!r}: expected a readable file that holds the value") from error
    return found


def _publish(text: str) -> str:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError as error:
        raise DeployError(f"HTTP_PUBLISH={text!r}: expected an address of this machine, such as 0.0.0.0") from error
    return f"[{address}]" if address.version == 6 else str(address)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise DeployError(f"HTTP_PORT={text!r}: expected a port number from 1 to 65535")
    return int(text)


def _job_dir(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or ":" in text:
        raise DeployError(f"SANDBOX_JOB_DIR={text!r}: expected an absolute path without a colon")
    return path
